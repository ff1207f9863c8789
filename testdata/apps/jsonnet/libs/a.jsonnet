local map = import 'map.libsonnet';
[map(import 'name.libsonnet'), map(importstr 'text.txt')]
