package hookspec

// What Check knows and a schema can say, for editors. Each of these refuses only
// what Check refuses too.

// SchemaRules wants settings that do not cancel each other.
func (c *ClientTLS) SchemaRules() []string { return []string{oneTrust} }

const oneTrust = `{"not": {"required": ["insecureSkipVerify", "caFile"], "properties": {"insecureSkipVerify": {"const": true}, "caFile": {"minLength": 1}}}}`

// SchemaRules wants a method that carries the body, names of headers that are
// for nothing else, and nothing that the other settings make impossible.
func (h *HTTP) SchemaRules() []string {
	return []string{
		`{"if": {"required": ["body"], "properties": {"body": {"minLength": 1}}}, "then": {"required": ["method"], "properties": {"method": {"enum": ["POST", "PUT", "DELETE"]}}}}`,
		`{"if": {"required": ["method"], "properties": {"method": {"const": "HEAD"}}}, "then": {"properties": {"expect": {"properties": {"contains": {"maxItems": 0}, "matches": {"maxItems": 0}, "json": {"maxProperties": 0}}}}}}`,
		`{"properties": {"headers": {"propertyNames": {"pattern": "^[-!#$%&'*+.^_` + "`" + `|~0-9A-Za-z]+$", "not": {"pattern": "^([Hh][Oo][Ss][Tt]|[Aa][Uu][Tt][Hh][Oo][Rr][Ii][Zz][Aa][Tt][Ii][Oo][Nn])$"}}, "additionalProperties": {"pattern": "^[^\\r\\n\\x00]*$"}}}}`,
		`{"not": {"required": ["perPod", "followRedirects"], "properties": {"perPod": {"not": {"required": ["enabled"], "properties": {"enabled": {"const": false}}}}, "followRedirects": {"const": true}}}}`,
	}
}

// SchemaRules wants no expectation about an object that must not be there.
func (k *Kubernetes) SchemaRules() []string {
	return []string{`{"if": {"required": ["absent"], "properties": {"absent": {"const": true}}}, "then": {"not": {"required": ["condition"]}, "properties": {"fields": {"maxProperties": 0}}}}`}
}

// SchemaRules wants a key beside a Secret, and only there.
func (r *SecretRef) SchemaRules() []string {
	return []string{
		`{"if": {"required": ["secret"], "properties": {"secret": {"minLength": 1}}}, "then": {"required": ["key"], "properties": {"key": {"minLength": 1}}}}`,
		`{"if": {"required": ["key"], "properties": {"key": {"minLength": 1}}}, "then": {"required": ["secret"]}}`,
	}
}

// SchemaRules wants hints for causes that exist, and no second yes of a step that
// always says yes.
func (s *Step) SchemaRules() []string {
	names := ""
	for _, cause := range causes {
		names += cause + "|"
	}
	return []string{
		`{"properties": {"hints": {"propertyNames": {"pattern": "^(` + names + `[1-9][0-9]{2})$"}}}}`,
		`{"if": {"required": ["wait"]}, "then": {"properties": {"for": {"maximum": 1}}}}`,
	}
}

// SchemaRules wants a Secret that must be there.
func (w *Webhook) SchemaRules() []string {
	return []string{`{"properties": {"urlFrom": {"properties": {"optional": {"const": false}}}}}`}
}

// Pattern is what editors hold the text to: an order wants a number.
func (*Comparison) Pattern() string {
	return `^\s*([^<>\s][\s\S]*|[<>]=?\s*[-+]?(([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,5})?|[Ii][Nn][Ff]([Ii][Nn][Ii][Tt][Yy])?)\s*)?$`
}
