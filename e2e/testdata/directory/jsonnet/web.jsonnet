local lib = import 'lib/web.libsonnet';
[
  lib.configMap(name) { data: { large: 9007199254740991, text: 'é<>&', list: [1, 2.5, true, null] } }
  for name in ['b', 'a']
]
