package install

import (
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// kustomize builds the kustomization that the files are, by their names in it.
func kustomize(files map[string][]byte) ([]byte, error) {
	disk := filesys.MakeFsInMemory()
	for name, text := range files {
		if err := disk.WriteFile("/"+name, text); err != nil {
			return nil, err
		}
	}
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(disk, "/")
	if err != nil {
		return nil, err
	}
	return built.AsYaml()
}
