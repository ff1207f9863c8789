package hookspec

import (
	"fmt"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/lazy"
)

// A PostgresDump dumps a database with the programs of its own pod, which have
// its version by construction, into a bucket, and proves what it can.
type PostgresDump struct {
	Pod       string `yaml:"pod,omitempty" one:"true" doc:"name of the pod that pg_dump runs in"`
	Selector  string `yaml:"selector,omitempty" one:"true" doc:"label selector; the first ready pod by name is taken"`
	Namespace string `yaml:"namespace,omitempty" doc:"its namespace; without it the hook's"`
	Container string `yaml:"container" need:"true" doc:"which container; it must have sh, pg_dump and pg_restore"`

	Database    string `yaml:"database" need:"true" doc:"name of the database"`
	User        string `yaml:"user,omitempty" default:"postgres" doc:"who dumps it"`
	Host        string `yaml:"host,omitempty" doc:"where pg_dump connects to; without it the socket of the container"`
	PasswordEnv string `yaml:"passwordEnv,omitempty" doc:"environment variable of that container that holds the password, such as POSTGRES_PASSWORD; without it none is sent"`

	S3Server `yaml:",inline"`
	Bucket   string    `yaml:"bucket" need:"true" doc:"an existing bucket"`
	Prefix   string    `yaml:"prefix,omitempty" doc:"beginning of the dumps' keys; the name of the database and the time follow"`
	Keep     *int      `yaml:"keep,omitempty" default:"3" min:"1" doc:"how many dumps of this database below prefix to keep"`
	MaxAge   *Duration `yaml:"maxAge,omitempty" default:"10m" doc:"how old a dump of the same revision may be to be taken instead of a new one; 0s takes a new one always"`
	Revision string    `yaml:"revision,omitempty" doc:"what the dump belongs to"`
	Verify   string    `yaml:"verify,omitempty" enum:"list|read" default:"list" doc:"what pg_restore does with the stored dump: list what is in it, or read all of it, which sends it through the Kubernetes API once more"`

	FirstInstall `yaml:",inline"`
}

var variableName = lazy.Regexp(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Check wants one way to find the pod, and names that can be no options.
func (d *PostgresDump) Check(report func(key, msg, hint string)) {
	switch {
	case d.Pod == "" && d.Selector == "":
		report("pod", "want pod or selector, got neither", "")
	case d.Pod != "" && d.Selector != "":
		report("selector", "want pod or selector, got both", "")
	}
	if d.Database == "" || strings.Contains(d.Database, "=") || strings.Contains(d.Database, "://") {
		report("database", fmt.Sprintf("want the name of a database, got %q", d.Database), "how to connect is in user and host")
	}
	if d.PasswordEnv != "" && !variableName().MatchString(d.PasswordEnv) {
		report("passwordEnv", fmt.Sprintf("want the name of an environment variable, got %q", d.PasswordEnv), "")
	}
	checkName("pod", d.Pod, report)
	checkNamespace(d.Namespace, report)
	d.S3Server.Check(report)
	checkBucket(d.Bucket, report)
}

// Rules finds the pod and runs the programs, as for exec.
func (d *PostgresDump) Rules(ns string) []Rule {
	run := Exec{Pod: d.Pod, Selector: d.Selector, Namespace: d.Namespace}
	return append(run.Rules(ns), d.FirstInstall.Rules(ns)...)
}

// Once reports that a dump stays behind, whatever becomes of the Job.
func (*PostgresDump) Once() bool { return true }
