package s3

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/replication"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// Replicated is the probe of an s3.replication step.
func (s *Store) Replicated(step hookspec.S3Replication) probe.Probe {
	return s.validate(step.S3Backups, func(ctx context.Context) (string, error) {
		on, err := s.rules(ctx, step.Bucket)
		if err != nil {
			return "", err
		}
		counts, known, err := s.counts(ctx, step.Bucket)
		switch {
		case err != nil:
			return "", err
		case !known:
			return fmt.Sprintf("bucket %s has %d replication rules that are enabled; this server does not count what waits or failed", step.Bucket, on), nil
		case counts.failed > *step.MaxFailed:
			return "", probe.NotYet(probe.Content, "%s: replication of bucket %s: %d operations failed within the last hour, want at most %d", s.place, step.Bucket, counts.failed, *step.MaxFailed)
		case counts.pending > *step.MaxPending:
			return "", probe.NotYet(probe.Content, "%s: replication of bucket %s: %d operations wait, want at most %d", s.place, step.Bucket, counts.pending, *step.MaxPending)
		}
		return fmt.Sprintf("bucket %s has %d replication rules that are enabled, %d operations wait, %d failed within the last hour", step.Bucket, on, counts.pending, counts.failed), nil
	})
}

// rules counts the bucket's rules that are enabled; none is a no.
func (s *Store) rules(ctx context.Context, bucket string) (int, error) {
	config, err := s.client.GetBucketReplication(ctx, bucket)
	if err != nil && !hasCode(err, "ReplicationConfigurationNotFoundError") {
		return 0, s.answer(callReplication, at(bucket, ""), err)
	}
	on := 0
	for _, rule := range config.Rules {
		if rule.Status == replication.Enabled {
			on++
		}
	}
	switch {
	case len(config.Rules) == 0:
		return 0, probe.No(probe.Content, "%s: bucket %s has no replication rules", s.place, bucket)
	case on == 0:
		return 0, probe.No(probe.Content, "%s: bucket %s has %d replication rules, and none is enabled", s.place, bucket, len(config.Rules))
	}
	return on, nil
}

// counts are numbers of operations, of all targets and nodes together.
type counts struct{ failed, pending int }

// counts asks for numbers that only MinIO keeps.
func (s *Store) counts(ctx context.Context, bucket string) (c counts, known bool, err error) {
	m, err := s.client.GetBucketReplicationMetricsV2(ctx, bucket)
	if notCounted(err) {
		return c, false, nil
	}
	if err != nil {
		return c, false, s.answer(callMetrics, at(bucket, ""), err)
	}
	failed, queued := 0.0, 0.0
	for _, target := range m.CurrentStats.Stats {
		failed += target.Failed.LastHour.Count
	}
	for _, node := range m.QueueStats.Nodes {
		queued += node.QStats.Curr.Count
	}
	c.failed = int(math.Ceil(max(failed, m.CurrentStats.Errors.LastHour.Count)))
	c.pending = int(math.Ceil(max(queued, m.CurrentStats.QStats.Curr.Count)))
	return c, true, nil
}

// notCounted reports whether the server does not know the question: it says so,
// or takes it for another one and answers in XML.
func notCounted(err error) bool {
	_, syntax := errors.AsType[*json.SyntaxError](err)
	return syntax || hasCode(err, "NotImplemented", "MethodNotAllowed", "InvalidArgument", minio.NoSuchKey)
}
