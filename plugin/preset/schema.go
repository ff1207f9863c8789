package preset

import "github.com/argocd-safesync/argocd-safesync/plugin/policy"

// Schema is the JSON schema of a policy that knows the built-in presets.
func Schema() ([]byte, error) {
	var all []policy.Named
	for _, name := range Names() {
		p, err := Load(name)
		if err != nil {
			return nil, err
		}
		all = append(all, policy.Named{Name: name, Preset: p})
	}
	return policy.Schema(all...), nil
}
