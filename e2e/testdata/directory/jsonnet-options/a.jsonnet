function(name, number=1) { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: name }, data: { number: number, ext: std.extVar('ext') } }
