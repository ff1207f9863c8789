package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
)

// Network turns what the standard library says about a connection to place into
// an answer in few words. It is always "not yet": networks, names and
// certificates come and go while a system starts.
func Network(place string, err error) error {
	cause, words := classify(err)
	return NotYet(cause, "%s: %s", place, words)
}

func classify(err error) (Cause, string) {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return DNS, "no such host " + dns.Name
		}
		return DNS, fmt.Sprintf("no answer about the name %s", dns.Name)
	}
	if words := certificateWords(err); words != "" {
		return TLS, words
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused, "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return Other, "connection reset by the other side"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return Timeout, "no route to the host"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return Timeout, "no answer in time"
	case errors.Is(err, context.Canceled):
		return Other, "interrupted"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return Other, "connection closed before the answer was complete"
	}
	text := innermost(err)
	const most = 300 // some repeat what the other side said
	return Other, strings.ToValidUTF8(text[:min(most, len(text))], "")
}

// certificateWords explains why a TLS handshake did not succeed; "" if it is not
// about TLS.
func certificateWords(err error) string {
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.As(err, &record):
		return "want a TLS server, got one that does not speak it"
	case errors.As(err, &alert):
		return "the server ended the handshake: " + strings.TrimPrefix(alert.Error(), "tls: ")
	}
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown):
		return trustWords(unknown.Cert)
	case errors.As(err, &host):
		return fmt.Sprintf("the certificate is for %s, not for %s", namesOf(host.Certificate), host.Host)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return expiryWords(invalid)
	case errors.As(err, &invalid):
		return "the certificate is not valid: " + strings.TrimPrefix(invalid.Error(), "x509: ")
	}
	if text := innermost(err); strings.HasPrefix(text, "tls: ") {
		return strings.TrimPrefix(text, "tls: ")
	}
	return ""
}

func trustWords(cert *x509.Certificate) string {
	if cert != nil && string(cert.RawIssuer) == string(cert.RawSubject) {
		return "the certificate is self-signed and not trusted"
	}
	if cert != nil {
		return fmt.Sprintf("the certificate is signed by %q, which is not trusted", cert.Issuer)
	}
	return "the certificate is not trusted"
}

func expiryWords(invalid x509.CertificateInvalidError) string {
	if invalid.Cert == nil {
		return "the certificate has expired"
	}
	return fmt.Sprintf("the certificate is valid from %s to %s only",
		invalid.Cert.NotBefore.UTC().Format("2006-01-02"), invalid.Cert.NotAfter.UTC().Format("2006-01-02"))
}

// namesOf lists the names that cert is for. A certificate can carry hundreds.
func namesOf(cert *x509.Certificate) string {
	const most = 4
	names := append([]string(nil), cert.DNSNames...)
	for _, ip := range cert.IPAddresses {
		names = append(names, ip.String())
	}
	switch {
	case len(names) == 0:
		return "no name"
	case len(names) > most:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// innermost is the text of the error at the bottom of a chain: the layers above
// repeat addresses that the place has said already.
func innermost(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err.Error()
		}
		err = next
	}
}
