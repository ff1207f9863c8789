package hookspec

// The reference is written by the test that holds it up to date.
//go:generate go test -run ^TestStepsReference$ . -update
