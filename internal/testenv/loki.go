package testenv

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A LokiConfig says what is special about a Loki; nothing is, if it is zero.
type LokiConfig struct {
	// Starting returns as soon as the server answers at all, which is some ten
	// seconds before it is ready.
	Starting bool
}

// The tenants of every Loki, which has auth_enabled. Any other name is one
// without limits.
const (
	LokiLimited = "limited" // may push nothing: 429
	LokiBlocked = "blocked" // its lines are blocked: 260
	LokiBlind   = "blind"   // queries find nothing, however new it is
)

// Loki starts a Loki with all its parts in one process for the length of the
// test and returns its URL.
func Loki(tb testing.TB, config LokiConfig) (url string) {
	tb.Helper()
	program := Need(tb, "loki")
	dir := scratch(tb, "loki")
	check(tb, retryPorts(func() error {
		ports, err := freePorts(2)
		if err != nil {
			return err
		}
		file := filepath.Join(dir, "loki.yaml")
		if err := writeLoki(dir, file, ports); err != nil {
			return err
		}
		url = fmt.Sprintf("http://127.0.0.1:%d", ports[0])
		_, err = launch(tb, exec.Command(program, "-config.file="+file), dir, func() error {
			if config.Starting {
				return anyAnswer(url + "/ready")
			}
			return answers(http.DefaultClient, url+"/ready")
		})
		return err
	}))
	return url
}

// writeLoki writes the configuration and, in a file that Loki reads again and
// again, the limits of the tenants.
func writeLoki(dir, file string, ports []int) error {
	limits := filepath.Join(dir, "limits.yaml")
	err := os.WriteFile(limits, fmt.Appendf(nil, lokiLimits, time.Now().Add(time.Hour).UTC().Format(time.RFC3339)), 0o644)
	if err != nil {
		return err
	}
	text := strings.NewReplacer("DIR", dir, "LIMITS", limits, "PORT", fmt.Sprint(ports[0]), "GRPC", fmt.Sprint(ports[1])).Replace(lokiConfig)
	return os.WriteFile(file, []byte(text), 0o644)
}

const lokiLimits = `overrides:
  limited: {ingestion_rate_mb: 0.000001, ingestion_burst_size_mb: 0.000001}
  blocked: {block_ingestion_until: "%s", block_ingestion_status_code: 260}
  blind: {max_query_lookback: 1ms}
`

const lokiConfig = `auth_enabled: true
analytics: {reporting_enabled: false}
server: {http_listen_address: 127.0.0.1, http_listen_port: PORT, grpc_listen_address: 127.0.0.1, grpc_listen_port: GRPC, log_level: warn}
common:
  instance_addr: 127.0.0.1
  path_prefix: DIR/data
  replication_factor: 1
  ring: {kvstore: {store: inmemory}}
  storage: {filesystem: {chunks_directory: DIR/data/chunks, rules_directory: DIR/data/rules}}
schema_config:
  configs: [{from: "2024-01-01", store: tsdb, object_store: filesystem, schema: v13, index: {prefix: index_, period: 24h}}]
ingester: {lifecycler: {min_ready_duration: 0s}}
runtime_config: {file: LIMITS}
`

// anyAnswer returns why url does not answer at all.
func anyAnswer(url string) error {
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}
