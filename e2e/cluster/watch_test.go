package main_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// asking asks a URL for as long as it is let.
type asking struct {
	cancel context.CancelFunc
	done   chan struct{}
	asked  int
	missed []string
}

// watch begins to ask a Service from outside the pods, as the node reaches it.
func (c *scenario) watch(_ *testscript.TestScript, args []string) error {
	at, err := url.Parse(args[0])
	if err != nil {
		return err
	}
	service, namespace, _ := strings.Cut(at.Hostname(), ".")
	object, err := c.api.Resource(schema.GroupVersionResource{Version: "v1", Resource: "services"}).
		Namespace(namespace).Get(c.ctx, service, metav1.GetOptions{})
	if err != nil {
		return err
	}
	ip, _, err := unstructured.NestedString(object.Object, "spec", "clusterIP")
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true, // each request is a connection of its own, as from many users
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			_, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			return c.node.Dial(ctx, network, net.JoinHostPort(ip, port))
		},
	}}
	ctx, cancel := context.WithCancel(c.ctx)
	c.asking = &asking{cancel: cancel, done: make(chan struct{})}
	go c.asking.ask(ctx, client, args[0])
	return nil
}

func (a *asking) ask(ctx context.Context, client *http.Client, at string) {
	defer close(a.done)
	for ctx.Err() == nil {
		a.asked++
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
		if err == nil {
			err = once(client, request)
		}
		if err != nil && ctx.Err() == nil {
			a.missed = append(a.missed, time.Now().Format("15:04:05.000 ")+err.Error())
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func once(client *http.Client, request *http.Request) error {
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("answer %s", answer.Status)
	}
	return nil
}

func (a *asking) stop() {
	a.cancel()
	<-a.done
}

// watched ends it, and tells how it went.
func (c *scenario) watched(ts *testscript.TestScript, _ []string) error {
	c.asking.stop()
	fmt.Fprintf(ts.Stdout(), "%d requests from outside, %d failed\n", c.asking.asked, len(c.asking.missed))
	if len(c.asking.missed) > 0 {
		return fmt.Errorf("%d of %d requests failed:\n%s", len(c.asking.missed), c.asking.asked, strings.Join(c.asking.missed, "\n"))
	}
	return nil
}
