package trust_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"rygkort/internal/trust"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What the tests are about: a service, its feedback, and two clients. The
// tokens are made with the standard library alone, so that the library which
// checks them is not believed about itself.
const (
	service  = "https://cds.example/cds-services/low-back-pain-patient-view"
	feedback = service + "/feedback"
	ehr      = "https://ehr.example"
	clinic   = "https://clinic.example"
)

var start = time.Date(2026, time.November, 16, 9, 0, 0, 0, time.UTC)

// pairs are the key pairs of all tests, by kid.
var pairs = sync.OnceValue(func() map[string]crypto.Signer {
	made := map[string]crypto.Signer{}
	for kid, bits := range map[string]int{"rsa": 2048, "rsa-new": 2048, "rsa-foreign": 2048, "rsa-weak": 1024} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			panic(err)
		}
		made[kid] = key
	}
	for kid, curve := range map[string]elliptic.Curve{
		"ec256": elliptic.P256(), "ec384": elliptic.P384(), "ec521": elliptic.P521(), "clinic-1": elliptic.P256(),
	} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			panic(err)
		}
		made[kid] = key
	}
	return made
})

type members = map[string]any

func b64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// jwk is the public key of a pair, with further members.
func jwk(kid string, further ...members) members {
	m := members{"kid": kid}
	switch public := pairs()[kid].Public().(type) {
	case *rsa.PublicKey:
		m["kty"], m["n"], m["e"] = "RSA", b64(public.N.Bytes()), b64(big.NewInt(int64(public.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := public.Bytes()
		if err != nil {
			panic(err)
		}
		half := (len(point) - 1) / 2
		m["kty"], m["crv"], m["x"], m["y"] = "EC", public.Curve.Params().Name, b64(point[1:1+half]), b64(point[1+half:])
	}
	for _, more := range further {
		maps.Copy(m, more)
	}
	return m
}

func keySet(keys ...members) []byte {
	set, err := json.Marshal(members{"keys": keys})
	if err != nil {
		panic(err)
	}
	return set
}

// draft is a token that is being written; raw parts replace the members.
type draft struct {
	header, payload       members
	rawHeader, rawPayload string
	signWith              string // kid of the pair; by default that of the header
	signAs                string // alg of the signature; by default that of the header
}

// good is a token of the EHR that is let in.
func good() *draft {
	return &draft{
		header: members{"typ": "JWT", "alg": "ES256", "kid": "ec256"},
		payload: members{
			"iss": ehr, "aud": service, "jti": rand.Text(),
			"iat": start.Unix(), "exp": start.Add(5 * time.Minute).Unix(),
		},
	}
}

// with sets members: those of the JOSE header in the header, all others in the
// payload.
func (d *draft) with(changes members) *draft {
	for name, value := range changes {
		switch name {
		case "typ", "alg", "kid", "jku", "jwk", "x5u", "x5c", "crit", "b64":
			d.header[name] = value
		default:
			d.payload[name] = value
		}
	}
	return d
}

func (d *draft) without(name string) *draft {
	delete(d.header, name)
	delete(d.payload, name)
	return d
}

func (d *draft) signedWith(kid, alg string) *draft {
	d.signWith, d.signAs = kid, alg
	return d
}

func part(raw string, m members) string {
	if raw != "" {
		return b64([]byte(raw))
	}
	data, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return b64(data)
}

// compact is the signed token.
func (d *draft) compact() string {
	input := part(d.rawHeader, d.header) + "." + part(d.rawPayload, d.payload)
	kid, alg := d.signWith, d.signAs
	if kid == "" {
		kid, _ = d.header["kid"].(string)
	}
	if alg == "" {
		alg, _ = d.header["alg"].(string)
	}
	return input + "." + b64(sign(kid, alg, input))
}

// bearer is the header Authorization with it.
func (d *draft) bearer() string { return "Bearer " + d.compact() }

func sign(kid, alg, input string) []byte {
	hash := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[alg[2:]]
	digest := hash.New()
	digest.Write([]byte(input))
	sum := digest.Sum(nil)
	switch key := pairs()[kid].(type) {
	case *rsa.PrivateKey:
		var options crypto.SignerOpts = hash
		if strings.HasPrefix(alg, "PS") {
			options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash}
		}
		signature, err := key.Sign(rand.Reader, sum, options)
		if err != nil {
			panic(err)
		}
		return signature
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, key, sum)
		if err != nil {
			panic(err)
		}
		size := (key.Curve.Params().BitSize + 7) / 8
		return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
	}
	panic("no key pair " + kid)
}

func hmacOf(secret []byte, input string) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(input))
	return b64(mac.Sum(nil))
}

// clock is set by hand.
type clock struct{ nanoseconds atomic.Int64 }

func (c *clock) now() time.Time          { return start.Add(time.Duration(c.nanoseconds.Load())) }
func (c *clock) pass(time time.Duration) { c.nanoseconds.Add(int64(time)) }

// keyServer publishes key sets by path, and counts who asks.
type keyServer struct {
	*httptest.Server
	mu      sync.Mutex
	answers map[string]http.HandlerFunc
	asked   map[string]int
}

func newKeyServer(t testing.TB, isTLS bool) *keyServer {
	k := &keyServer{answers: map[string]http.HandlerFunc{}, asked: map[string]int{}}
	k.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k.mu.Lock()
		k.asked[r.URL.Path]++
		answer := k.answers[r.URL.Path]
		k.mu.Unlock()
		if answer == nil {
			http.NotFound(w, r)
			return
		}
		answer(w, r)
	}))
	k.Config.ErrorLog = log.New(io.Discard, "", 0)
	if isTLS {
		k.StartTLS()
	} else {
		k.Start()
	}
	t.Cleanup(k.Close)
	return k
}

func (k *keyServer) answer(path string, with http.HandlerFunc) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.answers[path] = with
}

// hang leaves a path unanswered until the asker goes away, and tells when it was
// asked for.
func (k *keyServer) hang(path string) (asked <-chan struct{}) {
	came := make(chan struct{}, 1)
	k.answer(path, func(_ http.ResponseWriter, r *http.Request) {
		came <- struct{}{}
		<-r.Context().Done()
	})
	return came
}

func (k *keyServer) publish(path string, set []byte) {
	k.answer(path, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(set) })
}

func (k *keyServer) times(path string) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.asked[path]
}

// world is a gate with its surroundings.
type world struct {
	t       testing.TB
	clock   *clock
	keys    *keyServer
	replay  trust.Replay
	gate    *trust.Gate
	clients []trust.Client
}

func newWorld(t testing.TB, changes ...func(*trust.Settings)) *world {
	w := &world{t: t, clock: &clock{}, keys: newKeyServer(t, true)}
	w.keys.publish("/ehr.json", keySet(jwk("rsa"), jwk("ec256"), jwk("ec384"), jwk("ec521"), jwk("rsa-weak")))
	w.keys.publish("/clinic.json", keySet(jwk("clinic-1")))
	w.keys.publish("/foreign.json", keySet(jwk("rsa-foreign")))
	w.replay = trust.NewReplayMemory(w.clock.now, 0)
	w.clients = []trust.Client{
		{Name: "emr", Issuer: ehr, KeySetURL: w.keys.URL + "/ehr.json"},
		{Name: "practice", Issuer: clinic, KeySetURL: w.keys.URL + "/clinic.json", Tenants: []string{"t1", "t2"}},
	}
	roots := x509.NewCertPool()
	roots.AddCert(w.keys.Certificate())
	settings := trust.Settings{Clients: w.clients, Replay: w.replay, Clock: w.clock.now, Roots: roots}
	for _, change := range changes {
		change(&settings)
	}
	gate, err := trust.New(settings)
	if err != nil {
		t.Fatal(err)
	}
	w.gate = gate
	t.Cleanup(gate.Close)
	return w
}

func (w *world) admit(authorization string, audiences ...string) (trust.Admission, error) {
	if audiences == nil {
		audiences = []string{service}
	}
	return w.gate.Admit(context.Background(), authorization, audiences...)
}

// letsIn holds that a token is good.
func (w *world) letsIn(authorization string, audiences ...string) {
	w.t.Helper()
	if _, err := w.admit(authorization, audiences...); err != nil {
		w.t.Errorf("turned away: %v", err)
	}
}

// turnsAway holds that a token is refused for that reason.
func (w *world) turnsAway(reason error, authorization string, audiences ...string) {
	w.t.Helper()
	_ = w.denial(reason, authorization, audiences...)
}

// denial holds that a token is refused for that reason, with a challenge by RFC
// 6750, and that nothing of the token is in what is said or logged.
func (w *world) denial(reason error, authorization string, audiences ...string) *trust.Denied {
	w.t.Helper()
	admission, err := w.admit(authorization, audiences...)
	if !errors.Is(err, reason) {
		w.t.Fatalf("admission %+v, error %v, want %v", admission, err, reason)
	}
	if admission != (trust.Admission{}) {
		w.t.Errorf("turned away, and yet an admission: %+v", admission)
	}
	denied := &trust.Denied{}
	if !errors.As(err, &denied) {
		w.t.Fatalf("%T is no *Denied", err)
	}
	want := regexp.MustCompile(`^Bearer error="invalid_token", error_description="[ !#-\[\]-~]+"$`)
	if errors.Is(reason, trust.ErrNoToken) {
		want = regexp.MustCompile(`^Bearer$`)
	}
	if !want.MatchString(denied.Challenge()) {
		w.t.Errorf("the challenge %q is not %s", denied.Challenge(), want)
	}
	for _, said := range []string{err.Error(), denied.Challenge(), denied.Detail, denied.Client, fmt.Sprintf("%+v", denied)} {
		for _, secret := range contentOf(authorization) {
			if strings.Contains(said, secret) {
				w.t.Errorf("%q quotes the token: %q", said, secret)
			}
		}
	}
	return denied
}

// contentOf is all text that a header Authorization holds, as far as it can be
// read, without the names that the standards give.
func contentOf(authorization string) []string {
	var texts []string
	var walk func(any)
	walk = func(value any) {
		switch value := value.(type) {
		case string:
			texts = append(texts, value)
		case float64:
			texts = append(texts, fmt.Sprint(int64(value)))
		case []any:
			for _, one := range value {
				walk(one)
			}
		case members:
			for name, one := range value {
				if name != "typ" && name != "alg" && name != "crit" {
					walk(one)
				}
			}
		}
	}
	for word := range strings.FieldsSeq(authorization) {
		for piece := range strings.SplitSeq(word, ".") {
			walk(piece)
			if decoded, err := base64.RawURLEncoding.DecodeString(piece); err == nil {
				var value any
				if json.Unmarshal(decoded, &value) == nil {
					walk(value)
				}
			}
		}
	}
	long := texts[:0]
	for _, text := range texts {
		if len(text) > 6 && text != "Bearer" {
			long = append(long, text)
		}
	}
	return long
}
