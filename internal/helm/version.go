package helm

import "helm.sh/helm/v4/pkg/chart/common"

const (
	// shipped is the Helm of the image of Argo CD 3.5, as its release calls itself; the
	// version is in hack/tool-versions.sh of Argo CD v3.5.7.
	shipped = "v4.2.1"
	// shippedClient is the Kubernetes whose client is part of it: of k8s.io/client-go,
	// for which that Helm's go.mod has v0.36.1, with the major of Kubernetes itself.
	shippedClient = "v1.36"
)

// asShipped makes what charts see of Helm that of Argo CD, and not of the library
// here. Nothing can be said about the commit and the compiler that it was built with.
func asShipped(caps *common.Capabilities) {
	caps.HelmVersion.Version, caps.HelmVersion.KubeClientVersion = shipped, shippedClient
	caps.HelmVersion.GitTreeState = "clean"
}
