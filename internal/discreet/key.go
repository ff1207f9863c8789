package discreet

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// secretKey is in keys whose values are secret, in lower case and without signs.
var secretKey = regexp.MustCompile(`password|passwd|passphrase|passcode|secret|token|credential|dockerconfigjson|kubeconfig|connectionstring|` +
	`(?:access|account|api|auth|client|deploy|encryption|hmac|jwt|license|master|private|session|shared|signing|ssh|ssl|storage|tls)keys?$`)

// secretWords are parts of such keys that are parts of other words too.
var secretWords = []string{"pass", "pwd", "creds", "dsn"}

// describing are the last words of keys that say something about a secret.
var describing = []string{
	"algorithm", "annotations", "audience", "backend", "class", "count", "create", "dir", "duration", "enabled", "endpoint", "expiration", "expiry",
	"file", "files", "format", "host", "interval", "issuer", "kind", "labels", "length", "limit", "mode", "name", "names", "namespace",
	"path", "paths", "policy", "port", "provider", "ref", "refs", "seconds", "size", "store", "timeout", "ttl", "type", "uri", "url", "version",
}

// looksSecret reports whether the value of a key, or of the path to one, is taken for
// a secret.
func looksSecret(key string) bool {
	words := wordsOf(key)
	if describes(key) {
		return false
	}
	return secretKey.MatchString(strings.Join(words, "")) ||
		slices.ContainsFunc(words, func(word string) bool { return slices.Contains(secretWords, word) })
}

// describes reports whether the value of a key is about a secret, and none: a
// passwordKey is the key below which a Secret has the password.
func describes(key string) bool {
	words := wordsOf(key)
	if len(words) == 0 {
		return false
	}
	last := words[len(words)-1]
	return slices.Contains(words, "existing") || slices.Contains(describing, last) ||
		strings.HasPrefix(last, "key") && slices.Contains(words, "password")
}

// wordsOf takes a key apart: where capitals begin and at signs.
func wordsOf(key string) (words []string) {
	word, before := "", ' '
	for _, r := range key + " " {
		isSign := !unicode.IsLetter(r) && !unicode.IsDigit(r)
		if isSign || unicode.IsUpper(r) && !unicode.IsUpper(before) {
			if word != "" {
				words = append(words, word)
			}
			word = ""
		}
		if !isSign {
			word += string(unicode.ToLower(r))
		}
		before = r
	}
	return words
}
