package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A corpus is a number of objects of the kinds that applications are made of,
// with names, numbers and texts from a fixed seed.
type corpus struct {
	random *rand.Rand
	objects,
	perFile int
}

// kinds are the objects of one application; %[1]s is its name, %[2]d a number,
// %[3]s a text of some hundred bytes, %[4]s some hundred lines.
var kinds = []string{
	`apiVersion: apps/v1
kind: Deployment
metadata:
  name: %[1]s
  labels:
    app.kubernetes.io/name: %[1]s
    app.kubernetes.io/part-of: "shop"
spec:
  replicas: %[2]d # as many as zones
  selector:
    matchLabels: {app.kubernetes.io/name: %[1]s}
  template:
    metadata:
      labels: {app.kubernetes.io/name: %[1]s}
      annotations:
        prometheus.io/scrape: 'true'
    spec:
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
      - name: main
        image: registry.example.org/shop/%[1]s:1.%[2]d.0
        args: ["--listen=:8080", --log-level=info]
        env:
        - name: NOTE
          value: "%[3]s"
        ports:
        - name: http
          containerPort: 8080
        readinessProbe:
          httpGet: {path: /ready, port: http}
          periodSeconds: 5
        resources:
          requests: {cpu: 100m, memory: 128Mi}
          limits:
            memory: 256Mi
`,
	"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %[1]s\ndata:\n  replicas: \"%[2]d\"\n  config.yaml: |\n    # %[3]s\n    ---\n    listen: :8080\n    upstreams:\n      - http://a\n      - http://b\n%[4]s  about: >-\n    %[3]s\n    and more\n",
	"apiVersion: v1\nkind: Service\nmetadata:\n  name: %[1]s\nspec:\n  selector: {app.kubernetes.io/name: %[1]s}\n  ports:\n  - name: http\n    port: 80\n    targetPort: http\n",
	"apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: %[1]s\nautomountServiceAccountToken: false\n",
	"apiVersion: v1\nkind: Secret\nmetadata:\n  name: %[1]s\ntype: Opaque\nstringData:\n  password: '%[3]s'\n",
	"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: %[1]s\nspec:\n  rules:\n  - host: %[1]s.example.org\n    http:\n      paths:\n      - path: /\n        pathType: Prefix\n        backend: {service: {name: %[1]s, port: {name: http}}}\n",
	"apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: %[1]s\nspec:\n  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %[1]s}\n  minReplicas: 2\n  maxReplicas: 1%[2]d\n",
	"apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: %[1]s\nspec:\n  maxUnavailable: 1\n  selector:\n    matchLabels:\n      app.kubernetes.io/name: %[1]s\n",
	"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: %[1]s\nspec:\n  podSelector: {}\n  policyTypes: [Ingress]\n  ingress:\n  - from:\n    - namespaceSelector: {}\n",
	"apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: %[1]s\nrules:\n- apiGroups: [\"\"]\n  resources: [configmaps]\n  verbs: [get, list, watch]\n",
	"apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata:\n  name: %[1]s\nroleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: Role\n  name: %[1]s\nsubjects:\n- kind: ServiceAccount\n  name: %[1]s\n",
	"apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: %[1]s\n  namespace: argocd\nspec:\n  project: default\n  source:\n    repoURL: https://git.example.org/shop/%[1]s.git\n    path: deploy\n    targetRevision: v1.%[2]d.0\n  destination: {server: https://kubernetes.default.svc, namespace: %[1]s}\n  syncPolicy:\n    automated:\n      prune: true\n    syncOptions:\n    - CreateNamespace=true\n",
}

func newCorpus(objects, perFile int) corpus {
	return corpus{random: rand.New(rand.NewPCG(1, 2)), objects: objects, perFile: perFile}
}

// object is the text of the object with this number.
func (c corpus) object(i int) string {
	words := make([]string, 20+c.random.IntN(80))
	for w := range words {
		words[w] = fmt.Sprintf("%x", c.random.Uint32N(1<<24))
	}
	var lines strings.Builder
	for line := range 100 + c.random.IntN(200) {
		fmt.Fprintf(&lines, "    setting-%d: %s %x\n", line, words[line%len(words)], c.random.Uint64())
	}
	name, number, text := fmt.Sprintf("app-%05d", i/len(kinds)), 2+c.random.IntN(7), strings.Join(words, " ")
	return strings.NewReplacer("%[1]s", name, "%[2]d", strconv.Itoa(number), "%[3]s", text, "%[4]s", lines.String()).
		Replace(kinds[i%len(kinds)])
}

// write makes a directory of files, and returns their names.
func (c corpus) write(dir string) (names []string, err error) {
	var text strings.Builder
	for i := range c.objects {
		text.WriteString("---\n" + c.object(i))
		if (i+1)%c.perFile != 0 && i+1 != c.objects {
			continue
		}
		name := fmt.Sprintf("objects-%05d.yaml", i/c.perFile)
		if err := writeFile(filepath.Join(dir, name), text.String()); err != nil {
			return nil, err
		}
		names = append(names, name)
		text.Reset()
	}
	return names, nil
}

// crd is a definition of about 450 kB: a deep schema with long descriptions.
func (c corpus) crd(name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: %[1]ss.example.org\nspec:\n  group: example.org\n  names: {kind: %[1]s, plural: %[1]ss}\n  scope: Namespaced\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    schema:\n      openAPIV3Schema:\n        type: object\n        properties:\n", name)
	for i := range 60 {
		fmt.Fprintf(&b, "          field%d:\n            description: a field of many\n            type: object\n            properties:\n", i)
		for k := range 40 {
			fmt.Fprintf(&b, "              inner%d:\n                description: |-\n                  %s\n                  More about it.\n                type: string\n", k, strings.Repeat("words of a description ", 3+c.random.IntN(6)))
		}
	}
	return b.String()
}

func writeFile(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(text), 0o644) //nolint:gosec // corpora are no secrets
}
