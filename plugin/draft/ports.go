package draft

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
	"github.com/argocd-safesync/argocd-safesync/plugin/preset"
)

// closePort gives the port that leads to the usual one of the pods, where the
// Service has not that one itself. Where none leads there, the pods are asked.
func (s *system) closePort(in serviceInput, workload manifest.Object, objects []manifest.Object, env preset.Env) error {
	assumed := value(s.Assumed, in.name)
	services := called(firstValue(value(s.Found, in.of), value(s.Assumed, in.of)), objects)
	if assumed == nil || len(services) == 0 {
		return nil
	}
	var ports []string
	for _, p := range list(services[0], "spec", "ports") {
		if isTCP(p) {
			ports = append(ports, text(p, "port"))
		}
	}
	if slices.Contains(ports, fmt.Sprint(assumed)) {
		return nil
	}
	doors := slices.DeleteFunc(doorsOf(services[0], workload, env), func(d door) bool { return d.target != fmt.Sprint(assumed) })
	if number, err := strconv.Atoi(port(doors)); err == nil {
		s.give(in, number)
		return nil
	}
	why := fmt.Sprintf("%s has the TCP ports [%s], and not %v, which is the default", services[0].Ref(), strings.Join(ports, ", "), assumed)
	asked, err := s.askPods(in, workload, why)
	if !asked && err == nil {
		s.leave(in, why)
	}
	return err
}

// askPods has each pod asked instead of the Service, where the preset can do that and
// both the port and the label of the pods are known.
func (s *system) askPods(in serviceInput, workload manifest.Object, why string) (bool, error) {
	p, err := preset.Load(s.Name)
	if err != nil {
		return false, err
	}
	var perPod policy.Input
	var port, labelled bool
	for _, other := range p.Inputs {
		switch {
		case other.Name == "perPod":
			perPod = other
		case other.Name == "podSelector":
			labelled = podsHave(workload, fmt.Sprint(other.Default))
		case other.Default == "${"+in.name+"}" && value(s.Found, other.Name) != nil:
			port = true
		}
	}
	if perPod.Name == "" || !port || !labelled {
		return false, nil
	}
	s.Assumed = slices.DeleteFunc(slices.Clone(s.Assumed), func(f preset.Found) bool { return f.Name == in.name })
	s.chosen = append(s.chosen, chosen{preset.Found{Name: perPod.Name, Description: perPod.Description, Value: true}, why + ", so that each pod is asked"})
	return true, nil
}

// podsHave reports whether the pods of a workload have the labels of a selector.
func podsHave(workload manifest.Object, selector string) bool {
	for key, want := range equals(selector) {
		if got, _ := workload.Get("spec", "template", "metadata", "labels", key); got != want {
			return false
		}
	}
	return true
}

// port is that of the only door; "" if there are several, or none.
func port(doors []door) string {
	if len(doors) != 1 {
		return ""
	}
	return doors[0].address[strings.LastIndexByte(doors[0].address, ':')+1:]
}
