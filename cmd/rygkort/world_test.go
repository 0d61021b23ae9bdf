package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMain is the command itself where a test starts this program anew, to send
// it signals.
func TestMain(m *testing.M) {
	if os.Getenv("RYGKORT_TEST_IS_COMMAND") != "" {
		main()
	}
	os.Exit(m.Run())
}

const issuer = "https://ehr.example"

// signer is a client's key pair.
type signer struct {
	kid, issuer string
	key         *ecdsa.PrivateKey
}

func newSigner(t testing.TB, kid, issuer string) signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signer{kid, issuer, key}
}

func base64url(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// keySet is the JWK Set of some clients.
func keySet(t testing.TB, signers ...signer) string {
	t.Helper()
	keys := []map[string]string{}
	for _, s := range signers {
		point, err := s.key.PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, map[string]string{"kty": "EC", "crv": "P-256", "kid": s.kid, "x": base64url(point[1:33]), "y": base64url(point[33:])})
	}
	return jsonOf(t, map[string]any{"keys": keys})
}

func jsonOf(t testing.TB, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// token is a new one for a URL, with some claims changed.
func (s signer) token(t testing.TB, audience string, changes map[string]any) string {
	t.Helper()
	claims := map[string]any{
		"iss": s.issuer, "aud": audience, "jti": rand.Text(),
		"iat": time.Now().Unix(), "exp": time.Now().Add(2 * time.Minute).Unix(),
	}
	for name, value := range changes {
		claims[name] = value
	}
	header := map[string]any{"typ": "JWT", "alg": "ES256", "kid": s.kid}
	if address, given := claims["jku"]; given { // of the header
		header["jku"] = address
		delete(claims, "jku")
	}
	input := base64url([]byte(jsonOf(t, header))) + "." + base64url([]byte(jsonOf(t, claims)))
	digest := sha256.Sum256([]byte(input))
	r, v, err := ecdsa.Sign(rand.Reader, s.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + base64url(append(r.FillBytes(make([]byte, 32)), v.FillBytes(make([]byte, 32))...))
}

// service is the path that calls of these tests go to.
const service = "/cds-services/low-back-pain-patient-view"

// posted is what came of a call.
type posted struct {
	status int
	header http.Header
	body   string
	proto  string
}

// post makes a call with a token, or without one.
func post(t testing.TB, client *http.Client, url, token, body string) (posted, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := client.Do(request)
	if err != nil {
		return posted{}, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return posted{answer.StatusCode, answer.Header, string(text), answer.Proto}, err
}

// mustPost holds that there is an answer.
func mustPost(t testing.TB, client *http.Client, url, token, body string) posted {
	t.Helper()
	answer, err := post(t, client, url, token, body)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// folder is where a test keeps its configuration.
type folder struct {
	t    testing.TB
	path string
}

func newFolder(t testing.TB) folder { return folder{t, t.TempDir()} }

// write writes a file at once, as a careful operator does, and returns its path.
func (f folder) write(name, text string) string {
	f.t.Helper()
	path := filepath.Join(f.path, name)
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		f.t.Fatal(err)
	}
	return path
}

// freeAddress is an address on this machine on which nobody listens now.
func freeAddress(t testing.TB) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

// Certificates are good by the tests' clock and by the machine's, which TLS goes by.
var longAgo, farOff = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC), time.Date(2100, time.January, 1, 0, 0, 0, 0, time.UTC)

func newAuthority(t testing.TB, name string) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: longAgo, NotAfter: farOff,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{certificate, key}
}

func (a authority) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw}))
}

func (a authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// issue makes a certificate for a name and this machine, with a change of what
// is usual.
func (a authority) issue(t testing.TB, name string, changes ...func(*x509.Certificate)) (certificate, key string) {
	t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, NotBefore: longAgo, NotAfter: farOff,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{name},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	for _, change := range changes {
		change(template)
	}
	pair, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, pair.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(pair)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
}

// named is the same, as a client's TLS library takes it.
func (a authority) named(t testing.TB, name string, changes ...func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	certificate, key := a.issue(t, name, changes...)
	pair, err := tls.X509KeyPair([]byte(certificate), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

func withURI(t testing.TB, text string) func(*x509.Certificate) {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return func(c *x509.Certificate) { c.URIs = []*url.URL{u} }
}

// ehrConfig is a configuration with one client, whose keys are in emr.json.
func ehrConfig(address string, further ...string) string {
	return fmt.Sprintf("listen: %[1]s\npublic_url: http://%[1]s\n%[2]sclients:\n  - name: emr\n    iss: %[3]s\n    keys: emr.json\n",
		address, strings.Join(further, ""), issuer)
}

// until waits for something that has to come soon.
func until(t testing.TB, what string, come func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if come() {
			return
		}
	}
	t.Fatalf("%s did not come", what)
}
