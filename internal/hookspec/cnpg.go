package hookspec

// apiCNPG is the API group of CloudNative-PG.
const apiCNPG = "postgresql.cnpg.io"

// A CNPGCluster names a CloudNative-PG Cluster; every cnpg step has one.
type CNPGCluster struct {
	Cluster   string `yaml:"cluster" need:"true" doc:"name of the Cluster"`
	Namespace string `yaml:"namespace,omitempty" doc:"its namespace; without it the hook's"`
}

// Check wants one cluster.
func (c *CNPGCluster) Check(report func(key, msg, hint string)) {
	checkName("cluster", c.Cluster, report)
	checkNamespace(c.Namespace, report)
}

// in is the namespace of the cluster for a hook in ns.
func (c *CNPGCluster) in(ns string) string {
	if c.Namespace != "" {
		return c.Namespace
	}
	return ns
}

func (c *CNPGCluster) get(ns string) Rule {
	return Rule{Namespace: c.in(ns), Group: apiCNPG, Resource: "clusters", Verbs: []string{"get"}, Names: []string{c.Cluster}}
}

// sql is what it takes to run psql in the primary's pod. Pod names change, so
// that the rule cannot name them.
func (c *CNPGCluster) sql(ns string) []Rule {
	return []Rule{c.get(ns), {Namespace: c.in(ns), Resource: "pods/exec", Verbs: []string{"create", "get"}}}
}

// A CNPGBackup takes a backup and waits until it is proven.
type CNPGBackup struct {
	CNPGCluster        `yaml:",inline"`
	Method             string    `yaml:"method,omitempty" enum:"plugin|barmanObjectStore|volumeSnapshot" default:"plugin" doc:"how the backup is taken; the API's own default fails on clusters that use a plugin"`
	PluginName         string    `yaml:"pluginName,omitempty" default:"barman-cloud.cloudnative-pg.io" doc:"which plugin takes it"`
	Target             string    `yaml:"target,omitempty" enum:"primary|prefer-standby" default:"primary" doc:"which instance; on a standby the backup waits for the next WAL switch of the primary"`
	OnUnhealthy        string    `yaml:"onUnhealthy,omitempty" enum:"skip|fail" default:"skip" doc:"what to do when the cluster is not healthy: go on without a backup, so that the sync can mend it, or stop the sync"`
	RequireBackup      bool      `yaml:"requireBackup,omitempty" doc:"never go on without a backup, not even when the cluster does not exist"`
	Settle             Duration  `yaml:"settle,omitempty" default:"2m" doc:"how long to wait for a switchover or another passing state to end"`
	MaxAge             *Duration `yaml:"maxAge,omitempty" default:"10m" doc:"how old a completed backup of the same revision may be to be taken instead of a new one; 0s takes a new one always"`
	Keep               *int      `yaml:"keep,omitempty" default:"3" min:"1" doc:"how many completed and how many failed Backups of this hook to keep"`
	Revision           string    `yaml:"revision,omitempty" doc:"what the backup belongs to; one Backup is made for each revision"`
	ObjectStore        string    `yaml:"objectStore,omitempty" doc:"name of the ObjectStore whose recovery window must show the backup; without it that is not looked at"`
	RecoveryWindowWait Duration  `yaml:"recoveryWindowWait,omitempty" default:"1m" doc:"how long to wait for the ObjectStore to show it"`
}

// Check wants one cluster and one store.
func (b *CNPGBackup) Check(report func(key, msg, hint string)) {
	b.CNPGCluster.Check(report)
	checkName("objectStore", b.ObjectStore, report)
}

// Rules reads the cluster and manages Backups: create and list cannot be
// limited by name, and the names of the Backups are made by the runner.
func (b *CNPGBackup) Rules(ns string) []Rule {
	rules := []Rule{
		b.get(ns),
		{Namespace: b.in(ns), Group: apiCNPG, Resource: "backups", Verbs: []string{"create", "delete", "get", "list"}},
	}
	if b.ObjectStore != "" {
		rules = append(rules, Rule{Namespace: b.in(ns), Group: "barmancloud.cnpg.io", Resource: "objectstores", Verbs: []string{"get"}, Names: []string{b.ObjectStore}})
	}
	return rules
}

// A CNPGHealthy waits for the phase "Cluster in healthy state" with no
// switchover under way.
type CNPGHealthy struct {
	CNPGCluster `yaml:",inline"`
}

// Rules reads the cluster.
func (h *CNPGHealthy) Rules(ns string) []Rule { return []Rule{h.get(ns)} }

// A CNPGInstances waits until every instance is ready.
type CNPGInstances struct {
	CNPGCluster `yaml:",inline"`
	Instances   int `yaml:"instances,omitempty" min:"0" doc:"how many must be ready at least; without it, or with 0, the number in the Cluster's spec"`
}

// Rules reads the cluster and its pods, to name the ones that are not ready.
func (i *CNPGInstances) Rules(ns string) []Rule {
	return []Rule{i.get(ns), {Namespace: i.in(ns), Resource: "pods", Verbs: []string{"list"}}}
}

// A CNPGConnect runs a query on the primary and asks whether it is one.
type CNPGConnect struct {
	CNPGCluster `yaml:",inline"`
	Service     string `yaml:"service,omitempty" doc:"host:port of a Service that must accept connections too, such as the -rw one that applications use"`
}

// Rules reads the cluster and runs psql.
func (c *CNPGConnect) Rules(ns string) []Rule { return c.sql(ns) }

// A CNPGReplication sees every replica streaming.
type CNPGReplication struct {
	CNPGCluster `yaml:",inline"`
	MaxLag      *Bytes `yaml:"maxLag,omitempty" default:"64Mi" doc:"how far a replica may be behind, in bytes of WAL; more is a warning"`
}

// Rules reads the cluster and runs psql.
func (r *CNPGReplication) Rules(ns string) []Rule { return r.sql(ns) }

// A CNPGWALArchive writes a WAL segment and sees it archived.
type CNPGWALArchive struct {
	CNPGCluster `yaml:",inline"`
	Switch      *bool `yaml:"switch,omitempty" default:"true" doc:"write a message and switch to a new segment, so that there is one to archive; without it only the counters are read"`
}

// Rules reads the cluster and runs psql.
func (w *CNPGWALArchive) Rules(ns string) []Rule { return w.sql(ns) }
