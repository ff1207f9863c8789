package kustomize

// HelmRenderer is the program that kustomize calls for charts, which TestMain builds.
var HelmRenderer string
