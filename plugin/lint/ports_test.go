package lint_test

import (
	"fmt"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/plugin/lint"
)

const askingJob = `apiVersion: batch/v1
kind: Job
metadata: {name: ask, namespace: shop, annotations: {argocd.argoproj.io/hook: PreSync}}
spec:
  activeDeadlineSeconds: 1
  template:
    spec:
      containers:
      - {name: hook, image: "x:1", args: [run, --spec, 'steps: [{name: a, %s}]']}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {ports: [{port: 80}, {name: tls, port: 443}]}
---
apiVersion: v1
kind: Service
metadata: {name: pods}
spec: {clusterIP: None, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: other, namespace: elsewhere}
spec: {type: ExternalName, externalName: example.org}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web, part: front}}
    spec: {containers: [{name: web, image: "web:1", ports: [{containerPort: 8080}], readinessProbe: {}}, {name: none, image: "x:1"}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: silent, namespace: shop}
spec: {template: {metadata: {labels: {app: silent}}, spec: {containers: [{name: web, image: "web:1"}]}}}
`

func TestAHookAsksAPortOfItsService(t *testing.T) {
	for step, found := range map[string]bool{
		`http: {url: "http://web/x"}`:                           false,
		`http: {url: "https://web.shop.svc"}`:                   false,
		`http: {url: "http://web:8080"}`:                        true,
		`http: {url: "http://web.shop.svc.cluster.local:9"}`:    true,
		`http: {url: "http://web:8080", perPod: {selector: a}}`: false,

		`http: {url: "http://web:8080/x", perPod: {selector: app=web}}`:                        false,
		`http: {url: "http://web/x", perPod: {selector: app=web}}`:                             true,
		`http: {url: "http://web/x", perPod: {selector: "app=web, part==front"}}`:              true,
		`http: {url: "http://web/x", perPod: {selector: "app=web,part!=front"}}`:               false,
		`http: {url: "http://web/x", perPod: {selector: app=web, port: 8080}}`:                 false,
		`http: {url: "http://web/x", perPod: {selector: app=web, port: 9}}`:                    true,
		`http: {url: "http://web/x", perPod: {selector: app=web, namespace: elsewhere}}`:       false,
		`http: {url: "http://web/x", perPod: {selector: app=silent}}`:                          false,
		`http: {url: "http://web:9", perPod: {selector: app=web, enabled: false, port: 8080}}`: true,
		`prometheus.ready: {url: "http://web/x", pods: app=web}`:                               true,
		`prometheus.ready: {url: "http://web/x", pods: app=web, podPort: 8080}`:                false,
		`prometheus.ready: {url: "http://web/x", pods: app=web, podPort: 0, namespace: shop}`:  true,
		`prometheus.targets: {url: "http://web:9", operated: main}`:                            false,
		`prometheus.targets: {url: "http://web:9"}`:                                            true,
		`promql: {url: "http://web:443"}`:                                                      false,
		`loki.roundTrip: {url: "http://web", pushURL: "http://web:3100"}`:                      true,
		`authentik.login: {url: "http://web:9000/sso"}`:                                        true,
		`minio.health: {endpoint: "http://web:9000"}`:                                          true,
		`s3.roundTrip: {endpoint: "HTTPS://web"}`:                                              false,
		`postgres.dump: {to: {endpoint: "http://web:9000"}}`:                                   true,
		`cnpg.connect: {cluster: pg, service: "web:5432"}`:                                     true,
		`cnpg.connect: {cluster: pg, service: "pg-rw.shop.svc:5432"}`:                          false,
		`rollout: {kind: Deployment, name: web, watch: {url: "http://web:81"}}`:                true,
		`http: {url: "http://elsewhere", headers: {url: "http://web:9"}}`:                      false,
		`http: {url: "http://web.elsewhere.svc:8080"}`:                                         false,
		`http: {url: "http://web.example.org:8080"}`:                                           false,
		`http: {url: "http://web.shop.example.org:8080"}`:                                      false,
		`tcp: {address: "web:443"}`:                                                            false,
		`tcp: {address: "web.shop:444"}`:                                                       true,
		`tls: {address: "web:445"}`:                                                            true,
		`tcp: {address: "pods:9"}`:                                                             false,
		`tcp: {address: "other.elsewhere.svc:9"}`:                                              false,
		`tcp: {address: "[::1]:9"}`:                                                            false,
		`wait: 1s`:                                                                             false,
	} {
		app := lint.App{Dir: "a", Namespace: "shop", Objects: decode(t, "a.yaml", fmt.Sprintf(askingJob, step))}
		got := lint.Judge(app, nil)
		assert.Equal(t, len(got) == 1 && got[0].Rule == "closed-port", found, "%s: %v", step, got)
		assert.Assert(t, found || len(got) == 0, "%s: %v", step, got)
	}
}
