# The one place where versions of tools are written down. They run through the
# Go module proxy; nothing is installed.
# The linter has a cache for each checkout, because it confuses two of the same
# module.
GOLANGCI_LINT = GOLANGCI_LINT_CACHE="$(CURDIR)/bin/lint-cache" go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.12.1

FUZZTIME ?= 20s
IMAGE ?= argocd-safesync:dev
# Outside the checkout, so that a second clone does not build them again.
SAFESYNC_TOOLS ?= $(HOME)/.cache/safesync/tools

# Programs that tests run and Debian does not have. Each is a folder whose go.mod
# has the version; the module; the program in it, if that is not the module
# itself; the name of the file, if that is not the last part of the package; and
# CGO_ENABLED, if it matters: Argo CD's own build links no library, so that its
# plugin server runs in images that have none.
SERVER_TOOLS = \
	tools/helm,helm.sh/helm/v4,cmd/helm, \
	tools/kube,k8s.io/kubernetes,cmd/kube-apiserver, \
	tools/loki,github.com/grafana/loki/v3,cmd/loki, \
	tools/minio,github.com/minio/minio,, \
	tools/traefik,github.com/traefik/traefik/v3,cmd/traefik,
CLUSTER_TOOLS = \
	$(SERVER_TOOLS) \
	tools/kube,k8s.io/kubernetes,cmd/kube-controller-manager, \
	tools/kube,k8s.io/kubernetes,cmd/kube-proxy, \
	tools/kube,k8s.io/kubernetes,cmd/kube-scheduler, \
	tools/kube,k8s.io/kubernetes,cmd/kubectl, \
	tools/kube,k8s.io/kubernetes,cmd/kubelet, \
	tools/coredns,github.com/coredns/coredns,, \
	tools/cnpg,github.com/cloudnative-pg/cloudnative-pg,cmd/manager,cnpg-manager \
	tools/barman,github.com/cloudnative-pg/plugin-barman-cloud,cmd/manager,barman-manager \
	e2e,github.com/argoproj/argo-cd/v3,cmd,argocd,0

.PHONY: help build demo test servers server-tools cluster-tools e2e cluster-up cluster-down e2e-cluster differential golden fuzz bench fmt lint generate verify check image clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "%-13s %s\n", $$1, $$2 }' Makefile

build: ## build the programs into bin/
	@go build -o bin/ ./cmd/...

demo: build ## generate an example application and show the objects that were added
	@ARGOCD_APP_NAME=traefik ARGOCD_APP_NAMESPACE=network \
		bin/argocd-safesync generate testdata/apps/seed/kubernetes/argocd/applications/network/traefik

test: ## run the tests; those that need a server skip when it is not installed
	@go test ./...

# A package needs servers when its tests import internal/testenv.
servers: server-tools ## run the tests that need real servers; a missing server fails them
	@packages=$$(go list -f '{{join .TestImports " "}} {{join .XTestImports " "}} {{.ImportPath}}' ./... \
		| awk '/internal\/testenv .*[^ ]/ { print $$NF }') && \
	if [ -n "$$packages" ]; then REQUIRE_SERVERS=1 go test -count=1 $$packages; fi

server-tools: ## build the servers that tests need and Debian does not have; minutes the first time
	@$(call build-tools,$(SERVER_TOOLS))

cluster-tools: ## build what the test cluster needs besides; half an hour the first time
	@$(call build-tools,$(CLUSTER_TOOLS))

# Kubernetes' programs say which version they are only if the build tells them,
# and clients ask.
define build-tools
	mkdir -p "$(SAFESYNC_TOOLS)" && \
	for tool in $(1); do echo "$$tool" | { \
		IFS=, read -r folder module program name cgo && cd "$$folder" && package="$$module$${program:+/$$program}" && \
		version=$$(go list -m -f '{{.Version}}' "$$module") && file="$(SAFESYNC_TOOLS)/$${name:-$${package##*/}}-$$version" && \
		if [ ! -x "$$file" ]; then \
			stamp= && if [ "$$module" = k8s.io/kubernetes ]; then stamp="-X k8s.io/component-base/version.gitVersion=$$version"; fi && \
			echo "building $$file" && env $${cgo:+CGO_ENABLED=$$cgo} go build -ldflags "-s -w $$stamp" -o "$$file.part" "$$package" && mv "$$file.part" "$$file"; \
		fi; } || exit 1; done
endef

# Go does not see that programs or files outside this module changed.
e2e: ## test inside the real Argo CD plugin server (a module of its own; slow the first time)
	@cd e2e && go test -count=1 ./...

cluster-up: ## start a cluster of one node, on its own network; root, and make cluster-tools before
	@cd e2e && go run ./cluster up

cluster-down: ## end that cluster; nothing of it stays
	@cd e2e && go run ./cluster down

# SCENARIOS chooses those that begin with it, such as together/traefik. Only all
# of them make a proof, and only they begin with the test of the cluster itself.
# Scenarios mostly wait, so that six at a time are not too many for two cores.
e2e-cluster: ## run the scenarios on a real cluster with Argo CD, and write docs/proof.md; root, Debian
	@cd e2e/cluster && export SAFESYNC_CLUSTER=1 && ls testdata/$(or $(SCENARIOS),*/)*.txtar >/dev/null && go run . missing && $(MAKE) -s -C ../.. cluster-tools && \
	began=$$(date +%s) && passes=../../bin/cluster-passes && \
	if [ -z "$(SCENARIOS)" ]; then mkdir -p ../../bin && touch $$passes.json && mv $$passes.json $$passes.before.json && go test -count=1 ./node; fi && \
	if go run . up && \
		go test -count=1 -parallel=6 -timeout=$(or $(TIMEOUT),40m) -run '^TestScenarios$$$(if $(SCENARIOS),/$(SCENARIOS))' && \
		if [ -z "$(SCENARIOS)" ]; then go run . proof "$$(git describe --always)$$(git diff --quiet HEAD -- :/ ':(top,exclude)docs/proof.md' || echo -dirty)" $$began; fi; \
	then go run . down; \
	else logs=$$(mktemp -d) && if go run . logs "$$logs" 2>/dev/null; then go run . down; echo "e2e-cluster: the logs are in $$logs" >&2; fi; exit 1; fi

# REPO is any directory tree; each directory in it with a manifest counts as an
# application.
differential: build ## compare with Argo CD's own renderer for every application below REPO
	@test -n "$(REPO)" || { echo "usage: make differential REPO=directory" >&2; exit 2; }
	@bin="$(SAFESYNC_TOOLS)/differential" && mkdir -p "$$bin" && \
	go build -C tools/kustomize -o "$$bin/" sigs.k8s.io/kustomize/kustomize/v5 && \
	go build -C tools/helm -o "$$bin/" helm.sh/helm/v4/cmd/helm && \
	go build -C e2e -o "$$bin/" ./differential && \
	PATH="$$bin:$$PATH" "$$bin/differential" --programs bin "$(REPO)"

# Only packages with golden files know the -update flag.
golden: ## write the golden files again and show which changed; read them like code
	@packages=$$(go list -f '{{join .TestImports " "}} {{join .XTestImports " "}} {{.ImportPath}}' ./... \
		| awk '/gotest.tools\/v3\/golden .*[^ ]/ { print $$NF }') && \
	if [ -n "$$packages" ]; then go test $$packages -update; fi
	@git --no-pager diff --stat

fuzz: ## run every fuzz target for FUZZTIME, 20s unless given
	@targets=$$(go test -list '^Fuzz' ./...) && \
	echo "$$targets" | awk '/^Fuzz/ { name[++n] = $$1 } /^ok/ { while (n > 0) print $$2, name[n--] }' | \
	while read -r package name; do \
		go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5s "$$package" || exit 1; \
	done

# The programs are built as for the image.
bench: ## measure beside kustomize, helm and cat, and print the table of docs/performance.md
	@bin="$(SAFESYNC_TOOLS)/bench" && mkdir -p "$$bin/ours" && \
	CGO_ENABLED=0 go build -ldflags '-s -w' -o "$$bin/ours/" ./cmd/... && \
	go build -C tools/kustomize -ldflags '-s -w' -o "$$bin/" sigs.k8s.io/kustomize/kustomize/v5 && \
	go build -C tools/helm -ldflags '-s -w' -o "$$bin/" helm.sh/helm/v4/cmd/helm && \
	CGO_ENABLED=0 go build -ldflags '-s -w' -o "$$bin/" ./bench/... && \
	"$$bin/bench" -ours "$$bin/ours" -peers "$$bin" $(BENCHFLAGS)

benchmarks: ## run the Go benchmarks, in the form that benchstat reads
	@go test -run '^$$' -bench . -benchmem -count 5 ./...

fmt: ## format the Go files
	@$(GOLANGCI_LINT) fmt ./...

# e2e is a module of its own. The rest of it imports so much of Argo CD that the
# linters would work on it for five minutes.
lint: ## run the linters of .golangci.yml
	@$(GOLANGCI_LINT) run ./...
	@cd e2e && $(GOLANGCI_LINT) run ./cluster/...

generate: ## write the generated files again
	@go generate ./...

# The state of the work tree before and after is compared, so that it works with
# uncommitted changes too.
verify: ## check that generated files, go.mod and formatting are up to date
	@go mod tidy -diff
	@files=$$(gofmt -l .) && if [ -n "$$files" ]; then echo "not formatted, run make fmt:" $$files >&2; exit 1; fi
	@before=$$(git status --porcelain; git diff) && $(MAKE) -s generate && after=$$(git status --porcelain; git diff) && \
	if [ "$$before" != "$$after" ]; then echo "generated files were out of date; commit what changed:" >&2; git --no-pager diff --stat >&2; exit 1; fi

check: lint verify test servers ## everything that CI holds a change to, except e2e

image: ## build the image with docker or buildah
	@if docker info >/dev/null 2>&1; then docker build -t $(IMAGE) .; \
	elif command -v buildah >/dev/null 2>&1; then buildah bud -t $(IMAGE) .; \
	else echo "image: want a running docker or buildah on this machine, found neither" >&2; exit 1; fi

clean: ## remove what was built
	@rm -rf bin
