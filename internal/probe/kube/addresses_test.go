package kube_test

import (
	"fmt"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

func TestAddressesAreThoseOfPodsThatStay(t *testing.T) {
	s, c := space(t)
	addresses := func(selector string) string {
		got, err := c.Addresses(t.Context(), "", selector)
		if err != nil {
			return strings.ReplaceAll(err.Error(), s.Namespace, "NS")
		}
		return fmt.Sprint(got)
	}
	assert.Equal(t, addresses("app=db"), "no pod in namespace NS matches app=db")
	pod := func(name, more string) {
		s.Put(t, `{apiVersion: v1, kind: Pod, metadata: {name: `+name+`, labels: {app: db}}, spec: {containers: [{name: c, image: i}]}, status: {`+more+`}}`)
	}
	pod("db-1", `phase: Running, podIP: 10.0.0.2, podIPs: [{ip: 10.0.0.2}]`)
	pod("db-0", `phase: Running, podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}], conditions: [{type: Ready, status: "True"}]`)
	pod("db-old", `phase: Failed, podIP: 10.0.0.9, podIPs: [{ip: 10.0.0.9}]`)
	assert.Equal(t, addresses("app=db"), "[{db-0 10.0.0.1} {db-1 10.0.0.2}]")
	pod("db-2", `phase: Pending`)
	assert.Equal(t, addresses("app=db"), "Pod NS/db-2 has no address yet (Pending)")
}
