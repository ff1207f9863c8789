package runner

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	probehttp "github.com/argocd-safesync/argocd-safesync/internal/probe/http"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
)

// perPod makes a probe that sends the request of c to each ready pod. The pods
// are looked up each time: they change while one waits.
func (r *run) perPod(c probehttp.Config, at *hookspec.PerPod) (probe.Probe, error) {
	api, err := r.kube()
	if err != nil {
		return nil, err
	}
	return probe.Func(func(ctx context.Context) (probe.Yes, error) {
		pods, others, err := api.Ready(ctx, at.Namespace, at.Selector)
		if err != nil {
			return probe.Yes{}, err
		}
		for _, pod := range pods {
			own, err := toPod(c, pod, at.Port)
			if err != nil {
				return probe.Yes{}, err
			}
			if _, err := probehttp.New(own).Ask(ctx); err != nil {
				return probe.Yes{}, err
			}
		}
		yes := probe.Yes{Saw: fmt.Sprintf("%s as wanted: %s", plural(len(pods), "pod answers", "pods answer"), podNames(pods))}
		for _, other := range others {
			yes.Warnings = append(yes.Warnings, "not asked: Pod "+other)
		}
		return yes, nil
	}), nil
}

// toPod is the request of c as it would reach one pod through a Service: to its
// address, with the host of the URL in it.
func toPod(c probehttp.Config, pod kube.Address, port int) (probehttp.Config, error) {
	u, err := url.Parse(c.URL)
	if err != nil {
		return c, probe.No(probe.Other, "want a URL, got %q", c.URL)
	}
	c.Host = cmp.Or(c.Host, u.Host)
	if u.Scheme == "https" {
		c.Client = probe.Named(c.Client, u.Hostname())
	}
	number := u.Port()
	switch {
	case port != 0:
		number = strconv.Itoa(port)
	case number == "" && u.Scheme == "https":
		number = "443"
	case number == "":
		number = "80"
	}
	u.Host = net.JoinHostPort(pod.IP, number)
	c.URL = u.String()
	c.Place = "Pod " + pod.Name + ": " + c.Method + " " + c.URL
	return c, nil
}

// podNames lists the pods of a yes.
func podNames(pods []kube.Address) string {
	const most = 5
	var names []string
	for i, p := range pods {
		if i == most {
			names = append(names, fmt.Sprintf("%d more", len(pods)-most))
			break
		}
		names = append(names, p.Name)
	}
	return strings.Join(names, ", ")
}
