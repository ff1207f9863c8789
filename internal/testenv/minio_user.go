package testenv

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/minio/minio-go/v7/pkg/signer"
)

// User makes a user who may do what policy says, in the JSON of Amazon's
// policies, and whose password is [MinIOPassword]. It speaks MinIO's admin API
// itself, because the library for that is AGPL.
func (m *MinIOServer) User(tb testing.TB, name, policy string) {
	tb.Helper()
	body, err := sealed(MinIOPassword, []byte(`{"secretKey": "`+MinIOPassword+`", "status": "enabled"}`))
	check(tb, err)
	check(tb, m.admin(tb, "add-user", url.Values{"accessKey": {name}}, body))
	check(tb, m.admin(tb, "add-canned-policy", url.Values{"name": {name}}, []byte(policy)))
	check(tb, m.admin(tb, "set-user-or-group-policy", url.Values{"policyName": {name}, "userOrGroup": {name}, "isGroup": {"false"}}, nil))
}

func (m *MinIOServer) admin(tb testing.TB, call string, query url.Values, body []byte) error {
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodPut, m.URL+"/minio/admin/v3/"+call+"?"+query.Encode(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	req.Header.Set("X-Amz-Content-Sha256", hex.EncodeToString(sum[:]))
	resp, err := http.DefaultClient.Do(signer.SignV4(*req, MinIOUser, MinIOPassword, "", MinIORegion))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("MinIO's %s: %s: %s", call, resp.Status, text)
	}
	return nil
}

// sealed encrypts a short body as the admin API wants those that hold secrets: a
// salt, the number of the algorithm, a nonce and one fragment. The sizes are
// those of AES-256-GCM with a key by PBKDF2.
func sealed(password string, body []byte) ([]byte, error) {
	const pbkdf2AESGCM, rounds, saltSize, nonceSize, last = 0x02, 8192, 32, 8, 0x80
	random := make([]byte, saltSize+nonceSize)
	_, _ = rand.Read(random) // it never fails
	salt, nonce := random[:saltSize], random[saltSize:]
	key, err := pbkdf2.Key(sha256.New, password, salt, rounds, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	// Each fragment has its number in its nonce. Number 0 is empty, and its tag
	// goes with all others.
	head := gcm.Seal([]byte{last}, binary.LittleEndian.AppendUint32(bytes.Clone(nonce), 0), nil, nil)
	fragment := gcm.Seal(nil, binary.LittleEndian.AppendUint32(bytes.Clone(nonce), 1), body, head)
	return bytes.Join([][]byte{salt, {pbkdf2AESGCM}, nonce, fragment}, nil), nil
}
