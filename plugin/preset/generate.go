package preset

// The pages of docs/presets and the schema of a policy are written from the
// presets.
//
//go:generate go test -run ^(TestSchema|TestDocs)$ . -update
