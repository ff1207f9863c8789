package hookspec

// A Changed says for which state of the application a hook has nothing to do:
// the one that it succeeded for last. The runner keeps it in a ConfigMap of its
// own, under the hook's name.
type Changed struct {
	Digest    string `yaml:"digest" need:"true" doc:"digest of what the application renders to"`
	ConfigMap string `yaml:"configMap" need:"true" doc:"name of the ConfigMap in the hook's namespace that the runner keeps"`
	Key       string `yaml:"key" need:"true" doc:"key in it: the name of the hook"`
}

// Check wants one ConfigMap.
func (c *Changed) Check(report func(key, msg, hint string)) {
	checkName("configMap", c.ConfigMap, report)
}

// Rules reads that one ConfigMap and applies it. Server-side apply names the
// object that it creates, so that even create can be limited to the name.
func (c *Changed) Rules(ns string) []Rule {
	return []Rule{{Namespace: ns, Resource: "configmaps", Verbs: []string{"create", "get", "patch"}, Names: []string{c.ConfigMap}}}
}
