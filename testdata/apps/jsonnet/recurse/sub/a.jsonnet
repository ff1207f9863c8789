import 'top.libsonnet'
