function(name, replicas) {
  apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: name },
  data: { replicas: '%d' % replicas, app: std.extVar('app'), ports: std.manifestJsonMinified(std.extVar('ports')) },
}
