// Whose custom resource definitions the tests install. They are read from these
// modules' own folders, so none of their files is in this repository. No Go file
// imports them: this file is written by hand, and go.sum by go mod download.
module github.com/argocd-safesync/argocd-safesync/tools/crds

go 1.26.4

require (
	github.com/cloudnative-pg/cloudnative-pg v1.30.0
	github.com/cloudnative-pg/plugin-barman-cloud v0.14.0
)
