package draft

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/preset"
)

// closePort gives the port that leads to the usual one of the pods, where the
// Service has not that one itself.
func (s *system) closePort(in serviceInput, workload manifest.Object, objects []manifest.Object, env preset.Env) {
	assumed := value(s.Assumed, in.name)
	services := called(firstValue(value(s.Found, in.of), value(s.Assumed, in.of)), objects)
	if assumed == nil || len(services) == 0 {
		return
	}
	var ports []string
	for _, p := range list(services[0], "spec", "ports") {
		if isTCP(p) {
			ports = append(ports, text(p, "port"))
		}
	}
	if slices.Contains(ports, fmt.Sprint(assumed)) {
		return
	}
	doors := slices.DeleteFunc(doorsOf(services[0], workload, env), func(d door) bool { return d.target != fmt.Sprint(assumed) })
	if number, err := strconv.Atoi(port(doors)); err == nil {
		s.give(in, number)
	} else {
		s.leave(in, fmt.Sprintf("%s has the TCP ports [%s], and not %v, which is the default", services[0].Ref(), strings.Join(ports, ", "), assumed))
	}
}

// port is that of the only door; "" if there are several, or none.
func port(doors []door) string {
	if len(doors) != 1 {
		return ""
	}
	return doors[0].address[strings.LastIndexByte(doors[0].address, ':')+1:]
}
