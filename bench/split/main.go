// Command split reads a stream of objects as Argo CD's plugin server reads what a
// plugin prints. The benchmarks add its time to the plugin's.
//
// It knows apimachinery's decoder, and nothing of this module.
package main

import (
	"bufio"
	"errors"
	"io"
	"log"
	"os"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// sniffed is how far Argo CD looks for an open brace.
const sniffed = 4096

func main() {
	decoder := yaml.NewYAMLOrJSONDecoder(bufio.NewReader(os.Stdin), sniffed)
	for {
		var object runtime.RawExtension
		err := decoder.Decode(&object)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			log.Fatal(err)
		}
	}
}
