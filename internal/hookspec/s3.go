package hookspec

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
)

// An S3Server says which server, and who asks it.
type S3Server struct {
	Endpoint string `yaml:"endpoint" need:"true" doc:"where the server is, http or https, without a path; buckets are asked for in the path, never as part of the host"`
	// Given, so that nobody needs the permission to ask a bucket for it.
	Region         string        `yaml:"region,omitempty" default:"us-east-1" doc:"region that requests are signed for"`
	Credentials    S3Credentials `yaml:"credentials" need:"true" doc:"who asks, by reference"`
	RequestTimeout Duration      `yaml:"requestTimeout,omitempty" default:"15s" min:"10ms" doc:"how long one request may take"`
	TLS            ClientTLS     `yaml:"tls,omitempty" doc:"how to trust the server"`
}

// S3Credentials are an access key and a secret key by reference.
type S3Credentials struct {
	AccessKey *SecretRef `yaml:"accessKey" need:"true" doc:"the access key, or user name"`
	SecretKey *SecretRef `yaml:"secretKey" need:"true" doc:"the secret key, or password"`
}

// Check wants an address and nothing behind it.
func (s *S3Server) Check(report func(key, msg, hint string)) {
	checkEndpoint("endpoint", s.Endpoint, report)
	if s.TLS != (ClientTLS{}) && strings.HasPrefix(s.Endpoint, "http://") {
		report("tls", "want an https:// URL beside it", "")
	}
}

func checkEndpoint(key, text string, report func(key, msg, hint string)) {
	if text == "" {
		return // required is said already
	}
	const hint = "write it like http://minio.default.svc:9000"
	if msg := urlProblem(text); msg != "" {
		report(key, msg, hint)
		return
	}
	if u, err := url.Parse(text); err == nil && (u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "") {
		report(key, fmt.Sprintf("want a URL without a path, got %q", text), hint)
	}
}

// bucketName is what every S3 server takes: the rules of Amazon's, which others
// loosen in different ways.
var bucketName = form(63, `^[a-z0-9][a-z0-9.-]+[a-z0-9]$`)

func checkBucket(bucket string, report func(key, msg, hint string)) {
	if !bucketName.MatchString(bucket) {
		report("bucket", fmt.Sprintf("want the name of a bucket, got %q", bucket), "3 to 63 of a-z, 0-9, dots and dashes")
	}
}

// A FirstInstall tells a server that is not there yet from one that is down.
type FirstInstall struct {
	OnMissing string    `yaml:"onMissing,omitempty" enum:"skip|fail" default:"skip" doc:"what to do when nothing answers and workload does not exist either, as on a first install: there is nothing to lose"`
	Workload  *Workload `yaml:"workload,omitempty" doc:"object whose absence shows that this is a first install; without it the step is never skipped"`
}

// A Workload names what runs a server.
type Workload struct {
	APIVersion string `yaml:"apiVersion,omitempty" default:"apps/v1" doc:"its group and version"`
	Kind       string `yaml:"kind" need:"true" doc:"its kind, such as StatefulSet"`
	Name       string `yaml:"name,omitempty" doc:"its name; without it the workload is not known, and nothing is skipped"`
	Namespace  string `yaml:"namespace,omitempty" doc:"its namespace; without it the hook's"`
}

// Check wants one object of a kind that may be read.
func (w *Workload) Check(report func(key, msg, hint string)) {
	checkKind(w.object(), report)
	checkName("name", w.Name, report)
	checkNamespace(w.Namespace, report)
}

func (w *Workload) object() *Kubernetes {
	return &Kubernetes{APIVersion: cmp.Or(w.APIVersion, "apps/v1"), Kind: w.Kind, Name: w.Name, Namespace: w.Namespace}
}

// Object is the object to look at; nil where none is known, or a missing one
// changes nothing.
func (f *FirstInstall) Object() *Kubernetes {
	if f.OnMissing == "fail" || f.Workload == nil || f.Workload.Name == "" {
		return nil
	}
	return f.Workload.object()
}

// Rules reads the workload.
func (f *FirstInstall) Rules(ns string) []Rule {
	if o := f.Object(); o != nil {
		return o.Rules(ns)
	}
	return nil
}

// An S3RoundTrip writes an object, finds it again in every way, and deletes it.
type S3RoundTrip struct {
	S3Server `yaml:",inline"`
	Bucket   string `yaml:"bucket" need:"true" doc:"an existing bucket"`
	Prefix   string `yaml:"prefix,omitempty" default:"argocd-hook/" doc:"beginning of the object's key; the rest is random"`
}

// Check wants a bucket.
func (s *S3RoundTrip) Check(report func(key, msg, hint string)) {
	s.S3Server.Check(report)
	checkBucket(s.Bucket, report)
}

// Rules needs none.
func (*S3RoundTrip) Rules(string) []Rule { return nil }

// An S3Backups names backups in a bucket; every step that validates some has
// one.
type S3Backups struct {
	S3Server     `yaml:",inline"`
	Bucket       string `yaml:"bucket" need:"true" doc:"the bucket of the backups"`
	FirstInstall `yaml:",inline"`
	Store        string `yaml:"store,omitempty" doc:"endpoint of the S3 server that the sync changes; where the backups are in that same one, the step says that they do not protect it"`
}

// Check wants a bucket.
func (s *S3Backups) Check(report func(key, msg, hint string)) {
	s.S3Server.Check(report)
	checkBucket(s.Bucket, report)
	checkEndpoint("store", s.Store, report)
}

// An S3Freshness wants the newest object to be young and not empty.
type S3Freshness struct {
	S3Backups `yaml:",inline"`
	Prefix    string   `yaml:"prefix,omitempty" doc:"beginning of the backups' keys; without it the whole bucket counts"`
	MaxAge    Duration `yaml:"maxAge,omitempty" default:"26h" min:"1s" doc:"how old the newest object may be; the default is a day and time to take the backup"`
}

// An S3Barman wants the newest backup that Barman wrote to be done, young and
// complete, and its WAL archive to go on.
type S3Barman struct {
	S3Backups  `yaml:",inline"`
	Prefix     string    `yaml:"prefix,omitempty" doc:"path of Barman's destinationPath within the bucket"`
	ServerName string    `yaml:"serverName" need:"true" doc:"folder of the server below that: serverName of the archiver, which is not always the name of the cluster"`
	MaxAge     Duration  `yaml:"maxAge,omitempty" default:"26h" min:"1s" doc:"how long ago the newest backup may have ended"`
	WALMaxAge  *Duration `yaml:"walMaxAge,omitempty" default:"30m" doc:"how old the newest WAL file may be; 0s does not look"`
}

// Check wants the server's folder.
func (s *S3Barman) Check(report func(key, msg, hint string)) {
	s.S3Backups.Check(report)
	if s.ServerName == "" {
		report("serverName", "want the name of a folder, got none", "")
	}
}

// An S3Replication wants a bucket to be replicated, and replication to keep up.
type S3Replication struct {
	S3Backups  `yaml:",inline"`
	MaxFailed  *int `yaml:"maxFailed,omitempty" default:"0" min:"0" doc:"how many operations may have failed"`
	MaxPending *int `yaml:"maxPending,omitempty" default:"1000" min:"0" doc:"how many operations may wait"`
}

// A MinIOHealth asks MinIO about its quorum.
type MinIOHealth struct {
	Endpoint       string   `yaml:"endpoint" need:"true" doc:"where the server is, http or https, without a path"`
	Nodes          int      `yaml:"nodes,omitempty" default:"1" min:"1" doc:"how many servers there are; from two on it must be possible to take one of them away"`
	MaxHealing     *int     `yaml:"maxHealing,omitempty" default:"0" min:"0" doc:"how many drives may be healing"`
	RequestTimeout Duration `yaml:"requestTimeout,omitempty" default:"15s" min:"10ms" doc:"how long one request may take"`
	// live and ready say 200 while the drives are not even found.
	TLS          ClientTLS `yaml:"tls,omitempty" doc:"how to trust the server"`
	FirstInstall `yaml:",inline"`
}

// Check wants an address and nothing behind it.
func (m *MinIOHealth) Check(report func(key, msg, hint string)) {
	(&S3Server{Endpoint: m.Endpoint, TLS: m.TLS}).Check(report)
}
