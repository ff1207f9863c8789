package kube

import (
	"cmp"
	"context"
	"slices"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// An Address is where a pod can be reached.
type Address struct{ Name, IP string }

// Ready returns the addresses of the ready pods in namespace, or the client's
// own, that selector chooses, in the order of their names, and what is wrong with
// the others that stay. No ready pod is "not yet".
func (c *Client) Ready(ctx context.Context, namespace, selector string) (ready []Address, others []string, err error) {
	namespace = c.or(namespace)
	pods, err := c.List(ctx, PodRef(namespace, ""), selector)
	if err != nil {
		return nil, nil, err
	}
	for i := range pods {
		p := podOf(&pods[i])
		ip := text(pods[i].Object, "status", "podIP")
		switch {
		case p.ended || p.leaving:
		case p.trouble == "" && ip != "":
			ready = append(ready, Address{Name: p.name, IP: ip})
		default:
			others = append(others, p.String())
		}
	}
	switch {
	case len(ready)+len(others) == 0:
		return nil, nil, probe.NotYet(probe.Absent, "no pod in namespace %s matches %s", namespace, selector)
	case len(ready) == 0:
		return nil, nil, probe.NotYet(probe.Other, "no pod in namespace %s that matches %s is ready: %s", namespace, selector, someOf(others))
	}
	slices.SortFunc(ready, func(a, b Address) int { return cmp.Compare(a.Name, b.Name) })
	slices.Sort(others)
	return ready, others, nil
}

// Addresses returns the addresses of the pods in namespace, or the client's own,
// that selector chooses, in the order of their names. Pods that are over or on
// their way out are left out. No pod, or one without an address, is "not yet".
func (c *Client) Addresses(ctx context.Context, namespace, selector string) ([]Address, error) {
	namespace = c.or(namespace)
	pods, err := c.List(ctx, PodRef(namespace, ""), selector)
	if err != nil {
		return nil, err
	}
	var out []Address
	for i := range pods {
		p := podOf(&pods[i])
		if p.ended || p.leaving {
			continue
		}
		ip := text(pods[i].Object, "status", "podIP")
		if ip == "" {
			return nil, probe.NotYet(probe.Other, "%s has no address yet (%s)", PodRef(namespace, p.name), cmp.Or(p.trouble, "ready"))
		}
		out = append(out, Address{Name: p.name, IP: ip})
	}
	if len(out) == 0 {
		return nil, probe.NotYet(probe.Absent, "no pod in namespace %s matches %s", namespace, selector)
	}
	slices.SortFunc(out, func(a, b Address) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}
