[{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a%d' % i } } for i in std.range(1, 3)] + [null]
