package renderer

// A Jsonnet is what the renderer of Jsonnet files is to do, on its way there as
// JSON.
type Jsonnet struct {
	// RepoRoot is the absolute path of the repository, App the slash path of the
	// application's directory in it. An import is looked for beside the file that
	// imports, then in Libs, then in App.
	RepoRoot, App string
	// Files are slash paths in the repository, in the order of their objects.
	Files []string
	// Libs are directories relative to the repository, whether they begin with a
	// slash or not. The last one is looked into first.
	Libs []string
	// ExtVars and TLAs are given to each file.
	ExtVars, TLAs []JsonnetVar
}

// A JsonnetVar is an external variable or a top-level argument.
type JsonnetVar struct {
	Name, Value string
	// Code says that the value is Jsonnet rather than text.
	Code bool
}
