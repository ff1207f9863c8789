package helm

import "go.yaml.in/yaml/v3"

// place finds an entry of a list in a YAML file.
func place(data []byte, key string, i int) (line, col int, found bool) {
	var doc yaml.Node
	if yaml.Unmarshal(data, &doc) != nil || len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return 0, 0, false
	}
	content := doc.Content[0].Content
	for n := 0; n+1 < len(content); n += 2 {
		list := content[n+1]
		if content[n].Value == key && list.Kind == yaml.SequenceNode && i < len(list.Content) {
			return list.Content[i].Line, list.Content[i].Column, true
		}
	}
	return 0, 0, false
}
