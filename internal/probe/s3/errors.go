package s3

import (
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// The calls, as S3 names them, and what a policy must allow for each.
const (
	callList        = "ListObjectsV2"
	callPut         = "PutObject"
	callHead        = "HeadObject"
	callGet         = "GetObject"
	callDelete      = "DeleteObject"
	callReplication = "GetBucketReplication"
	callMetrics     = "the replication metrics"
)

var actions = map[string]string{
	callList:        "s3:ListBucket",
	callPut:         "s3:PutObject",
	callHead:        "s3:GetObject",
	callGet:         "s3:GetObject",
	callDelete:      "s3:DeleteObject and s3:DeleteObjectVersion",
	callReplication: "s3:GetReplicationConfiguration",
	callMetrics:     "s3:GetReplicationConfiguration",
}

// answer turns what went wrong with a call into an answer that names the call,
// the bucket and the reason.
func (s *Store) answer(call string, at Where, err error) error {
	if code, ok := errors.AsType[minio.ErrorResponse](err); ok && code.Code != "" {
		return s.coded(call, at, code)
	}
	place := fmt.Sprintf("%s: %s bucket %s", s.place, call, at.Bucket)
	if page, ok := errors.AsType[*foreignAnswer](err); ok {
		return probe.NotYet(probe.Content, "%s: want an S3 server, got %s (is that the port of the console, or of a proxy?)", place, page.words)
	}
	_, syntax := errors.AsType[*xml.SyntaxError](err)
	_, shape := errors.AsType[xml.UnmarshalError](err)
	switch {
	case errors.Is(err, errSlow):
		return probe.NotYet(probe.Timeout, "%s: no complete answer within %s", place, s.limit)
	case errors.Is(err, errCut), errors.Is(err, errLong):
		return probe.NotYet(probe.Content, "%s: %w", place, innermost(err))
	case syntax, shape:
		return probe.NotYet(probe.Content, "%s: want an answer in the XML of S3, got something else", place)
	}
	return unspoken(place, err)
}

// unspoken is about a connection on which nobody spoke HTTP, or nobody spoke.
func unspoken(place string, err error) error {
	text := err.Error()
	switch {
	case strings.Contains(text, "server gave HTTP response to HTTPS client"):
		return probe.NotYet(probe.TLS, "%s: want https, got an answer in plain HTTP", place)
	case strings.Contains(text, "malformed HTTP"), strings.Contains(text, "malformed MIME header"), strings.Contains(text, "response headers exceeded"):
		return probe.NotYet(probe.Content, "%s: want an HTTP answer, got something else", place)
	}
	return probe.Network(place, err)
}

func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// coded judges a refusal by its code. What is not here is judged by its status.
func (s *Store) coded(call string, at Where, e minio.ErrorResponse) error {
	said := fmt.Sprintf("%s: %s on %s bucket %s", s.place, e.Code, call, at.Bucket)
	switch e.Code {
	case "AccessDenied", "AllAccessDisabled":
		return probe.Refusal("%s (does the policy of this user allow %s on %s?)", said, actions[call], strings.TrimPrefix(at.String(), "s3://"))
	case "InvalidAccessKeyId":
		return probe.Refusal("%s: the server does not know this access key", said)
	case "SignatureDoesNotMatch":
		return probe.Refusal("%s: the secret key is not that of this access key", said)
	case "RequestTimeTooSkewed":
		return probe.No(probe.Content, "%s: clock: that of the server and that of this node are more than 15 minutes apart", said)
	case "AuthorizationHeaderMalformed", "InvalidRegion":
		return probe.No(probe.Content, "%s: want another region than ours%s", said, region(e))
	case minio.NoSuchBucket:
		return probe.NotYet(probe.Absent, "%s: the bucket does not exist", said)
	case minio.NoSuchKey, "NoSuchVersion":
		return probe.NotYet(probe.Absent, "%s: %s does not exist", said, at)
	case "XMinioServerNotInitialized", "XMinioIAMNotInitialized":
		return probe.NotYet(probe.Content, "%s: the server has not found all of its drives yet", said)
	case "SlowDown", "SlowDownRead", "SlowDownWrite":
		return probe.NotYet(probe.Content, "%s: the server has no capacity left, or no quorum", said)
	case "XMinioStorageFull", "QuotaExceeded", "XMinioAdminBucketQuotaExceeded":
		return probe.No(probe.Content, "%s: there is no room left", said)
	}
	return byStatus(said, e)
}

func region(e minio.ErrorResponse) string {
	if e.Region == "" {
		return ""
	}
	return ": " + e.Region
}

func byStatus(said string, e minio.ErrorResponse) error {
	said += ": " + strings.TrimSuffix(probe.OneLine(e.Message), ".")
	switch {
	case strings.Contains(e.Message, "minio-go/issues"): // the library's word for an answer without the headers of S3
		return probe.NotYet(probe.Content, "%s", strings.TrimSpace(said[:strings.Index(said, "Please report")]))
	case e.StatusCode == http.StatusUnauthorized, e.StatusCode == http.StatusForbidden:
		return probe.Refusal("%s", said)
	case e.StatusCode >= http.StatusInternalServerError, e.StatusCode == http.StatusTooManyRequests, e.StatusCode == http.StatusRequestTimeout:
		return probe.NotYet(probe.Content, "%s", said)
	}
	return probe.No(probe.Content, "%s", said)
}

// hasCode reports whether the server refused with one of codes.
func hasCode(err error, codes ...string) bool {
	e, _ := errors.AsType[minio.ErrorResponse](err)
	for _, code := range codes {
		if e.Code == code {
			return true
		}
	}
	return false
}

// refused reports whether the server has said no, so that nothing was written.
func refused(err error) bool {
	e, ok := errors.AsType[minio.ErrorResponse](err)
	return ok && e.StatusCode >= http.StatusBadRequest && e.StatusCode < http.StatusInternalServerError
}
