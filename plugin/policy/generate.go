package policy

// The schema and the reference are written by the tests that hold them up to
// date.
//go:generate go test -run ^(TestSchema|TestReference)$ . -update
