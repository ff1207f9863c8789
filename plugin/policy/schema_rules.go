package policy

// What Check knows and a schema can say, for editors. Each of these refuses only
// what Check refuses too; a test holds the rest of the bad cases with a reason.

// SchemaRules wants settings of the type that is rendered.
func (s *Source) SchemaRules() []string {
	return []string{goesWith("directory"), goesWith("kustomize"), goesWith("helm")}
}

// goesWith wants the type of a key's own name beside it, where there is a type.
func goesWith(key string) string {
	return `{"if": {"required": ["` + key + `", "type"]}, "then": {"properties": {"type": {"const": "` + key + `"}}}}`
}

// zero is an IntOrPercent that stands for no pod.
const zero = `{"anyOf": [{"const": 0}, {"type": "string", "pattern": "^0+%?$"}]}`

// ofKind is a rule for rollouts of one kind.
func ofKind(kind, rule string) string {
	return `{"if": {"properties": {"match": {"required": ["kind"], "properties": {"kind": {"const": "` + kind + `"}}}}, "required": ["match"]}, "then": ` + rule + `}`
}

// bothZero are rollouts that could never replace a pod.
const bothZero = `{"required": ["maxSurge", "maxUnavailable"], "properties": {"maxSurge": ` + zero + `, "maxUnavailable": ` + zero + `}}`

// noSurge is what a workload takes that cannot run more pods than wanted.
const noSurge = `{"not": {"required": ["maxSurge"]}, "properties": {"maxUnavailable": {"not": ` + zero + `}}}`

// SchemaRules holds the entry against what the API accepts for the kind.
func (r *Rollout) SchemaRules() []string {
	return []string{
		`{"anyOf": [{"required": ["maxSurge"]}, {"required": ["maxUnavailable"]}, {"required": ["minReadySeconds"]}, {"required": ["partition"]}]}`,
		`{"properties": {"maxUnavailable": {"not": {"type": "string", "pattern": "^0*([2-9][0-9][0-9]|1[1-9][0-9]|10[1-9]|[1-9][0-9]{3})%$"}}}}`,
		`{"if": {"required": ["partition"]}, "then": {"properties": {"match": {"properties": {"kind": {"const": "StatefulSet"}}}}}}`,
		ofKind("Deployment", `{"not": `+bothZero+`}`),
		ofKind("DaemonSet", `{"not": `+bothZero+`, "if": {"required": ["maxSurge"], "properties": {"maxSurge": {"not": `+zero+`}}}, "then": {"required": ["maxUnavailable"], "properties": {"maxUnavailable": `+zero+`}}}`),
		ofKind("StatefulSet", noSurge),
		ofKind("Prometheus", noSurge),
	}
}

// SchemaRules wants something to run, each delete policy once, and
// BeforeHookCreation among them. Steps with one name cannot be told, but equal
// ones can.
func (h *Hook) SchemaRules() []string {
	return []string{
		`{"properties": {"steps": {"minItems": 1, "uniqueItems": true}}}`,
		`{"properties": {"deletePolicy": {"uniqueItems": true, "anyOf": [{"maxItems": 0}, {"contains": {"const": "BeforeHookCreation"}}]}}}`,
	}
}

// Kubernetes' forms of a label's key and value.
const (
	labelKeys   = `{"propertyNames": {"pattern": "^([a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$"}, "additionalProperties": ` + labelValues + `}`
	labelValues = `{"pattern": "^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$"}`
)

// SchemaRules wants labels that Kubernetes takes.
func (j *Job) SchemaRules() []string {
	return []string{`{"properties": {"labels": ` + labelKeys + `, "nodeSelector": ` + labelKeys + `}}`}
}

// SchemaRules wants labels in templates only where Argo CD takes them.
func (k *Kustomize) SchemaRules() []string {
	return []string{`{"if": {"required": ["labelIncludeTemplates", "commonLabels"], "properties": {"labelIncludeTemplates": {"const": true}, "commonLabels": {"minProperties": 1}}}, "then": {"required": ["labelWithoutSelector"], "properties": {"labelWithoutSelector": {"const": true}}}}`}
}
