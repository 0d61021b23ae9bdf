package hooks_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"rygkort/cards"
	"rygkort/fhir"
	"rygkort/hooks"
	"rygkort/internal/trust"
)

// Two clients call the guarded practice: emr publishes its keys, clinic has
// handed its over.
const (
	emrIssuer    = "https://emr.example"
	clinicIssuer = "https://clinic.example"
	viewURL      = publicURL + "/cds-services/" + viewService
)

// pairs are key pairs by kid. Tokens are signed with the standard library alone.
var pairs = sync.OnceValue(func() map[string]crypto.Signer {
	made := map[string]crypto.Signer{}
	for _, kid := range []string{"emr-rsa", "stranger-rsa"} {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		made[kid] = key
	}
	for _, kid := range []string{"emr-1", "emr-2", "clinic-1"} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(err)
		}
		made[kid] = key
	}
	return made
})

func b64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

func asJSON(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}

// keySet is the JWK Set of some pairs.
func keySet(kids ...string) string {
	keys := []map[string]string{}
	for _, kid := range kids {
		one := map[string]string{"kid": kid}
		switch public := pairs()[kid].Public().(type) {
		case *rsa.PublicKey:
			one["kty"], one["n"], one["e"] = "RSA", b64(public.N.Bytes()), b64(big.NewInt(int64(public.E)).Bytes())
		case *ecdsa.PublicKey:
			point, err := public.Bytes()
			if err != nil {
				panic(err)
			}
			one["kty"], one["crv"], one["x"], one["y"] = "EC", "P-256", b64(point[1:33]), b64(point[33:])
		}
		keys = append(keys, one)
	}
	return string(asJSON(map[string]any{"keys": keys}))
}

// ticket is a token that is being written.
type ticket struct {
	header, payload map[string]any
	signer, as      string // kid and alg of the signature where they are not those of the header
}

// with changes members; nil takes one away.
func (k ticket) with(changes map[string]any) ticket {
	header, payload := maps.Clone(k.header), maps.Clone(k.payload)
	for name, value := range changes {
		in := payload
		if slices.Contains([]string{"typ", "alg", "kid", "jku"}, name) {
			in = header
		}
		in[name] = value
		if value == nil {
			delete(in, name)
		}
	}
	return ticket{header, payload, k.signer, k.as}
}

func (k ticket) signedBy(kid, alg string) ticket {
	k.signer, k.as = kid, alg
	return k
}

func (k ticket) unsigned() string { return b64(asJSON(k.header)) + "." + b64(asJSON(k.payload)) }

// bearer is the header Authorization.
func (k ticket) bearer() string {
	input := k.unsigned()
	sum := sha256.Sum256([]byte(input))
	kid, alg := k.signer, k.as
	if kid == "" {
		kid, alg = k.header["kid"].(string), k.header["alg"].(string)
	}
	var signature []byte
	switch key := pairs()[kid].(type) {
	case *rsa.PrivateKey:
		made, err := key.Sign(rand.Reader, sum[:], crypto.SHA256)
		if err != nil {
			panic(err)
		}
		signature = made
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
		if err != nil {
			panic(err)
		}
		signature = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	default:
		panic("no pair " + kid + " for " + alg)
	}
	return "Bearer " + input + "." + b64(signature)
}

// clockByHand is set by the test.
type clockByHand struct {
	start time.Time
	gone  atomic.Int64
}

func (c *clockByHand) now() time.Time          { return c.start.Add(time.Duration(c.gone.Load())) }
func (c *clockByHand) pass(for_ time.Duration) { c.gone.Add(int64(for_)) }

// keyHouse publishes emr's keys, and whatever else it is told to.
type keyHouse struct {
	*httptest.Server
	mu     sync.Mutex
	answer http.HandlerFunc
	asked  []string
}

func newKeyHouse(t testing.TB) *keyHouse {
	t.Helper()
	h := &keyHouse{answer: saying("application/jwk-set+json", keySet("emr-rsa", "emr-1"))}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.asked = append(h.asked, r.URL.Path)
		answer := h.answer
		h.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *keyHouse) answers(with http.HandlerFunc) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answer = with
}

func (h *keyHouse) paths() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.asked)
}

// guarded is a practice that lets in two clients and nobody else.
type guarded struct {
	*practice
	clock       *clockByHand
	keys        *keyHouse
	emr, clinic *hooks.Client
}

// guard makes one. What is changed of the clients is changed in the config.
func guard(t testing.TB, changes ...func(*hooks.Config)) *guarded {
	t.Helper()
	return guardWith(t, func(*trust.Settings) {}, changes...)
}

func guardWith(t testing.TB, settle func(*trust.Settings), changes ...func(*hooks.Config)) *guarded {
	t.Helper()
	k, err := ready()
	if err != nil {
		t.Fatal(err)
	}
	g := &guarded{
		clock: &clockByHand{start: k.clock()}, keys: newKeyHouse(t),
		emr:    &hooks.Client{Name: "emr", Servers: hooks.NoServers{}},
		clinic: &hooks.Client{Name: "clinic", Servers: hooks.NoServers{}, Language: cards.English},
	}
	settings := trust.Settings{
		Clock: g.clock.now, Replay: trust.NewReplayMemory(g.clock.now, 0),
		Clients: []trust.Client{
			{Name: "emr", Issuer: emrIssuer, KeySetURL: g.keys.URL + "/emr.json"},
			{Name: "clinic", Issuer: clinicIssuer, KeySet: []byte(keySet("clinic-1")), Tenants: []string{"north", "south"}},
		},
	}
	settle(&settings)
	gate, err := trust.New(settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(gate.Close)
	g.practice = newPractice(t, append([]func(*hooks.Config){func(c *hooks.Config) {
		c.Gate, c.Clock = gate, g.clock.now
		c.Clients = map[string]*hooks.Client{"emr": g.emr, "clinic": g.clinic}
	}}, changes...)...)
	return g
}

// ticket is a token of emr's that is let in once.
func (g *guarded) ticket() ticket {
	now := g.clock.now()
	return ticket{
		header: map[string]any{"typ": "JWT", "alg": "ES256", "kid": "emr-1"},
		payload: map[string]any{
			"iss": emrIssuer, "aud": viewURL, "jti": rand.Text(), "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
		},
	}
}

// clinicTicket is one of clinic's.
func (g *guarded) clinicTicket() ticket {
	return g.ticket().with(map[string]any{"iss": clinicIssuer, "kid": "clinic-1", "tenant": "north"})
}

// call posts a call that is answered with the acute card, as whoever bears that.
func (g *guarded) call(authorizations ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodPost, "/cds-services/"+viewService, strings.NewReader(viewCall(prefetched(backPain, caudaEquina))))
	request.Header.Set("Content-Type", "application/json")
	for _, one := range authorizations {
		request.Header.Add("Authorization", one)
	}
	recorder := httptest.NewRecorder()
	g.handler.ServeHTTP(recorder, request)
	return recorder
}

// wantTurnedAway demands a refusal that tells the caller and the log why, may be
// read by pages, is not kept by anybody, and repeats nothing of the tokens.
func wantTurnedAway(t testing.TB, got *httptest.ResponseRecorder, status int, text string, tokens ...string) {
	t.Helper()
	same(t, "text", text, refused(t, got, status).Issue[0].Details.Text)
	same(t, "Cache-Control", "no-store", got.Header().Get("Cache-Control"))
	said := fmt.Sprint(got.Header(), got.Body)
	for _, secret := range partsOf(tokens...) {
		if strings.Contains(said, secret) {
			t.Errorf("%q of the token stands in %s", secret, said)
		}
	}
}

// partsOf is what tokens hold, as far as it can be read.
func partsOf(tokens ...string) []string {
	var parts []string
	for word := range strings.FieldsSeq(strings.Join(tokens, " ")) {
		for part := range strings.SplitSeq(word, ".") {
			parts = append(parts, part)
			var members map[string]any
			decoded, err := base64.RawURLEncoding.DecodeString(part)
			if err != nil || json.Unmarshal(decoded, &members) != nil {
				continue
			}
			for name, value := range members {
				if text, isText := value.(string); isText && name != "typ" && name != "alg" {
					parts = append(parts, text)
				}
			}
		}
	}
	return slices.DeleteFunc(parts, func(part string) bool { return len(part) < 5 || part == "Bearer" })
}

// unproved is what everyone is told whose token no client is known to have
// signed, so that who guesses learns nothing.
const unproved = "the token is not signed with a key of a client of this service: check iss, kid, jku, alg, the key and the signature"

// TestNobodyIsLetInWithoutAGoodToken goes through what a stranger, a careless
// client and another client may try. The requirement that each breaks is named.
func TestNobodyIsLetInWithoutAGoodToken(t *testing.T) {
	type changes = map[string]any
	at := func(g *guarded, after time.Duration) int64 { return g.clock.now().Add(after).Unix() }
	publicPEM := func() []byte {
		der, err := x509.MarshalPKIXPublicKey(pairs()["emr-rsa"].Public())
		if err != nil {
			t.Fatal(err)
		}
		return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	}
	macked := func(k ticket, secret []byte) string {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(k.unsigned()))
		return "Bearer " + k.unsigned() + "." + b64(mac.Sum(nil))
	}
	const noToken = "the header Authorization must bear a token, with the scheme Bearer"
	for _, test := range []struct {
		name   string
		token  func(g *guarded) string
		told   string // to the caller
		logged error  // the reason in the log
	}{
		{"R178: none", func(*guarded) string { return "" }, noToken, trust.ErrNoToken},
		{"R178: another scheme", func(*guarded) string { return "Basic dXNlcjpwYXNzd29yZA" }, noToken, trust.ErrNoToken},
		{"R178: the scheme and no token", func(*guarded) string { return "Bearer " }, noToken, trust.ErrNoToken},
		{"garbage", func(*guarded) string { return "Bearer garbage-of-some-length" }, "a JWT in compact form has three parts, parted by dots", trust.ErrMalformed},
		{"garbage in three parts", func(*guarded) string { return "Bearer garbage.of-three.parts" }, "the first part is not a JSON object in base64url, without padding and with each member once", trust.ErrMalformed},
		{"R184: another typ", func(g *guarded) string { return g.ticket().with(changes{"typ": "at+jwt"}).bearer() }, "typ must be JWT", trust.ErrType},

		{"R181: no alg", func(g *guarded) string {
			return g.ticket().signedBy("emr-1", "ES256").with(changes{"alg": nil}).bearer()
		}, "alg must be one of RS256, RS384, RS512, ES256, ES384, ES512", trust.ErrAlgorithm},
		{"R201, R202: alg none", func(g *guarded) string { return "Bearer " + g.ticket().with(changes{"alg": "none"}).unsigned() + "." }, "alg must be one of RS256, RS384, RS512, ES256, ES384, ES512", trust.ErrAlgorithm},
		{"R203: HS256 with the public key as the secret", func(g *guarded) string {
			return macked(g.ticket().with(changes{"alg": "HS256", "kid": "emr-rsa"}), publicPEM())
		}, "alg must be one of RS256, RS384, RS512, ES256, ES384, ES512", trust.ErrAlgorithm},
		{"R203: a MAC with the public key, said to be RS256", func(g *guarded) string {
			return macked(g.ticket().with(changes{"alg": "RS256", "kid": "emr-rsa"}), publicPEM())
		}, unproved, trust.ErrSignature},
		{"R200: RS256 with the kid of an EC key", func(g *guarded) string {
			return g.ticket().with(changes{"alg": "RS256"}).signedBy("emr-rsa", "RS256").bearer()
		}, unproved, trust.ErrAlgorithm},

		{"R182: no kid", func(g *guarded) string {
			return g.ticket().signedBy("emr-1", "ES256").with(changes{"kid": nil}).bearer()
		}, "kid must be there and be a string", trust.ErrKeyID},
		{"R182: an unknown kid", func(g *guarded) string {
			return g.ticket().signedBy("emr-1", "ES256").with(changes{"kid": "unheard-of"}).bearer()
		}, unproved, trust.ErrKeyID},
		{"R195: another client's kid", func(g *guarded) string { return g.ticket().with(changes{"kid": "clinic-1"}).bearer() }, unproved, trust.ErrKeyID},
		{"R180: another client's key under the own kid", func(g *guarded) string { return g.ticket().signedBy("clinic-1", "ES256").bearer() }, unproved, trust.ErrSignature},
		{"R180: a stranger's key", func(g *guarded) string {
			return g.ticket().with(changes{"alg": "RS256", "kid": "emr-rsa"}).signedBy("stranger-rsa", "RS256").bearer()
		}, unproved, trust.ErrSignature},
		{"R180: a changed payload", func(g *guarded) string {
			parts := strings.Split(g.ticket().bearer(), ".")
			parts[1] = b64(asJSON(g.ticket().payload))
			return strings.Join(parts, ".")
		}, unproved, trust.ErrSignature},
		{"R187: no iss", func(g *guarded) string { return g.ticket().with(changes{"iss": nil}).bearer() }, "iss must be there and be a string", trust.ErrClaims},
		{"R187, R195: an unknown iss", func(g *guarded) string { return g.ticket().with(changes{"iss": "https://guess.example"}).bearer() }, unproved, trust.ErrIssuer},

		{"R190: no exp", func(g *guarded) string { return g.ticket().with(changes{"exp": nil}).bearer() }, "exp must be there and be a number of seconds since 1970", trust.ErrClaims},
		{"R190: expired", func(g *guarded) string {
			return g.ticket().with(changes{"iat": at(g, -5*time.Minute), "exp": at(g, -time.Minute)}).bearer()
		}, "exp is past: check the clock", trust.ErrExpired},
		{"R191: no iat", func(g *guarded) string { return g.ticket().with(changes{"iat": nil}).bearer() }, "iat must be there and be a number of seconds since 1970", trust.ErrClaims},
		{"R191: issued in the future", func(g *guarded) string {
			return g.ticket().with(changes{"iat": at(g, 2*time.Minute), "exp": at(g, 3*time.Minute)}).bearer()
		}, "iat is in the future: check the clock", trust.ErrNotYet},
		{"not good before the future", func(g *guarded) string { return g.ticket().with(changes{"nbf": at(g, 2*time.Minute)}).bearer() }, "nbf is in the future: check the clock", trust.ErrNotYet},
		{"good for an hour", func(g *guarded) string { return g.ticket().with(changes{"exp": at(g, time.Hour)}).bearer() }, "exp must not be later than 5m0s after iat", trust.ErrLifetime},
		{"R192: no jti", func(g *guarded) string { return g.ticket().with(changes{"jti": nil}).bearer() }, "jti must be there and be a string of 1 to 256 bytes", trust.ErrClaims},

		{"R196: for another service", audience(publicURL + "/cds-services/" + signService), wrongAudience, trust.ErrAudience},
		{"R196: for another host", audience("https://elsewhere.example/cds-services/" + viewService), wrongAudience, trust.ErrAudience},
		{"R196: for discovery", audience(publicURL + "/cds-services"), wrongAudience, trust.ErrAudience},
		{"R196: for the feedback of this service", audience(viewURL + "/feedback"), wrongAudience, trust.ErrAudience},
		{"R189: for nobody", audience(nil), wrongAudience, trust.ErrAudience},

		{"R193: a tenant that is not listed", func(g *guarded) string { return g.clinicTicket().with(changes{"tenant": "eastern"}).bearer() }, "tenant must be one that was agreed on", trust.ErrTenant},
		{"R194: no tenant where some are listed", func(g *guarded) string { return g.clinicTicket().with(changes{"tenant": nil}).bearer() }, "tenant must be one that was agreed on", trust.ErrTenant},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := guard(t)
			token := test.token(g)
			got := g.call(token)
			wantTurnedAway(t, got, http.StatusUnauthorized, test.told, token)
			challenge := fmt.Sprintf(`Bearer error="invalid_token", error_description="%s"`, test.told)
			if test.logged == trust.ErrNoToken { //nolint:errorlint // it is the one in the table
				challenge = "Bearer"
			}
			same(t, "WWW-Authenticate", challenge, got.Header().Get("WWW-Authenticate"))
			for _, want := range []string{"level=WARN", "status=401", test.logged.Error()} {
				if !strings.Contains(g.log.String(), want) {
					t.Errorf("the log lacks %q: %s", want, g.log)
				}
			}
			for _, secret := range partsOf(token) {
				if strings.Contains(g.log.String(), secret) {
					t.Errorf("%q of the token stands in the log: %s", secret, g.log)
				}
			}
		})
	}
}

const wrongAudience = "aud must hold the URL that was called, as the public URL of this service has it"

func audience(aud any) func(*guarded) string {
	return func(g *guarded) string { return g.ticket().with(map[string]any{"aud": aud}).bearer() }
}

// TestAClientWithAGoodTokenIsAnswered holds R176, and that the log names who
// called.
func TestAClientWithAGoodTokenIsAnswered(t *testing.T) {
	g := guard(t)
	for name, token := range map[string]ticket{
		"emr, by its published key":       g.ticket(),
		"with RSA":                        g.ticket().with(map[string]any{"alg": "RS256", "kid": "emr-rsa"}),
		"R185: with its own jku":          g.ticket().with(map[string]any{"jku": g.keys.URL + "/emr.json"}),
		"R189: aud a list":                g.ticket().with(map[string]any{"aud": []string{"https://elsewhere.example", viewURL}}),
		"aud with slashes too many":       g.ticket().with(map[string]any{"aud": publicURL + "//cds-services/" + viewService + "/"}),
		"R186, R199: clinic, without jku": g.clinicTicket(),
	} {
		g.log.Reset()
		got := g.call(token.bearer())
		if got.Code != http.StatusOK || !strings.Contains(got.Body.String(), "R-A1") {
			t.Errorf("%s: status %d: %s", name, got.Code, got.Body)
		}
		client := map[any]string{emrIssuer: "emr", clinicIssuer: "clinic"}[token.payload["iss"]]
		if !strings.Contains(g.log.String(), "client="+client) {
			t.Errorf("%s: the log does not say who called: %s", name, g.log)
		}
	}
}

// TestOnlyWhoUnderstandsItIsToldHowManyActionsToTake holds V3-4 and V3-5: emr
// understands the trial of CDS Hooks 3.0, clinic does not.
func TestOnlyWhoUnderstandsItIsToldHowManyActionsToTake(t *testing.T) {
	g := guard(t)
	g.emr.Understands = cards.Understandings()
	for name, test := range map[string]struct {
		token       ticket
		language    cards.Language
		understands []cards.Understanding
	}{
		"emr":    {g.ticket(), cards.Danish, g.emr.Understands},
		"clinic": {g.clinicTicket(), cards.English, nil},
	} {
		var answer hooks.Response
		if err := json.Unmarshal(g.call(test.token.bearer()).Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		if len(answer.Cards) == 0 || len(answer.Cards[0].Suggestions) == 0 {
			t.Fatalf("%s: no suggestions in %+v", name, answer)
		}
		for _, violation := range cards.CheckAll(answer.Cards, test.language, test.understands...) {
			t.Errorf("%s: %s", name, violation)
		}
		for _, suggestion := range answer.Cards[0].Suggestions {
			if told := suggestion.ActionSelectionBehavior == cards.AllActions; told != (test.understands != nil) {
				t.Errorf("%s: %q", name, suggestion.ActionSelectionBehavior)
			}
		}
	}
}

// TestTheLogSaysFromWhereACallCame: what proxies say counts where they are
// configured, and as far as they are.
func TestTheLogSaysFromWhereACallCame(t *testing.T) {
	known := guard(t, func(c *hooks.Config) { c.Proxies = []string{"10.1.2.3", "10.9.0.0/16"} })
	nobody := guard(t)
	for name, test := range map[string]struct {
		g               *guarded
		peer, forwarded string
		want            string
	}{
		"no proxy":                          {known, "192.0.2.7:4711", "", "192.0.2.7"},
		"a proxy that is known":             {known, "10.1.2.3:4711", "192.0.2.7", "192.0.2.7"},
		"one of a network, behind another":  {known, "10.9.8.7:4711", "192.0.2.7, 10.1.2.3", "192.0.2.7"},
		"what a caller says before a proxy": {known, "10.1.2.3:4711", "127.0.0.1, 192.0.2.7", "192.0.2.7"},
		"a proxy that says nothing":         {known, "10.1.2.3:4711", "", "10.1.2.3"},
		"a proxy that says rubbish":         {known, "10.1.2.3:4711", "0101701234, <b>", "10.1.2.3"},
		"a stranger who would be a proxy":   {known, "192.0.2.7:4711", "127.0.0.1", "192.0.2.7"},
		"no proxy is known":                 {nobody, "10.1.2.3:4711", "192.0.2.7", "10.1.2.3"},
	} {
		for path, audience := range map[string]string{"": viewURL, "/feedback": viewURL + "/feedback"} {
			request := httptest.NewRequest(http.MethodPost, "/cds-services/"+viewService+path, strings.NewReader(viewCall(prefetched(backPain))))
			request.RemoteAddr = test.peer
			request.Header.Set("Authorization", test.g.ticket().with(map[string]any{"aud": audience}).bearer())
			request.Header.Set("X-Real-Ip", "203.0.113.9")
			if test.forwarded != "" {
				request.Header.Set("X-Forwarded-For", test.forwarded)
			}
			test.g.log.Reset()
			test.g.handler.ServeHTTP(httptest.NewRecorder(), request)
			if path == "" && !strings.Contains(test.g.log.String(), " from="+test.want+" ") {
				t.Errorf("%s: want %s: %s", name, test.want, test.g.log)
			}
		}
	}
}

// TestATokenIsLetInOnce holds R192, also for calls that come at the same time.
func TestATokenIsLetInOnce(t *testing.T) {
	g := guard(t)
	const used = "a token of this jti has been used: each call needs a new one"
	token := g.ticket().bearer()
	same(t, "the first time", http.StatusOK, g.call(token).Code)
	wantTurnedAway(t, g.call(token), http.StatusUnauthorized, used, token)

	raced := g.ticket().bearer()
	front := httptest.NewServer(g.handler)
	defer front.Close()
	statuses := make(chan int)
	begin := make(chan struct{})
	body := viewCall(prefetched(backPain))
	for range 100 {
		go func() {
			<-begin
			statuses <- postTo(t, front, body, "Authorization", raced).StatusCode
		}()
	}
	close(begin)
	counts := map[int]int{}
	for range 100 {
		counts[<-statuses]++
	}
	same(t, "100 at once", map[int]int{http.StatusOK: 1, http.StatusUnauthorized: 99}, counts)
}

// reply is one that came over the network, read to its end.
type reply struct {
	*http.Response
	body string
}

// postTo posts a call over the network. One that is not answered has the status 0.
func postTo(t testing.TB, front *httptest.Server, body string, headers ...string) reply {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, front.URL+"/cds-services/"+viewService, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return reply{Response: &http.Response{}}
	}
	request.Header.Set("Content-Type", "application/json")
	for pair := range slices.Chunk(headers, 2) {
		request.Header.Add(pair[0], pair[1])
	}
	response, err := front.Client().Do(request)
	if err != nil {
		t.Error(err)
		return reply{Response: &http.Response{}}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return reply{response, string(text)}
}

// TestTheAddressInATokenIsNotFetched holds R185: whoever names a key server of
// his own is refused, and it is not asked.
func TestTheAddressInATokenIsNotFetched(t *testing.T) {
	g := guard(t)
	theirs := newKeyHouse(t)
	theirs.answers(saying("application/json", keySet("stranger-rsa")))
	token := g.ticket().with(map[string]any{"alg": "RS256", "kid": "stranger-rsa", "jku": theirs.URL + "/keys.json"}).bearer()
	wantTurnedAway(t, g.call(token), http.StatusUnauthorized, unproved, token)
	same(t, "asked", 0, len(theirs.paths())+len(g.keys.paths()))
	if !strings.Contains(g.log.String(), trust.ErrKeySetURL.Error()) {
		t.Errorf("the log does not say why: %s", g.log)
	}
}

// TestAClientMayChangeItsKeys holds V3-30: the new key is fetched when the first
// token bears it, and the old one is good no longer.
func TestAClientMayChangeItsKeys(t *testing.T) {
	g := guard(t)
	same(t, "the first key", http.StatusOK, g.call(g.ticket().bearer()).Code)
	g.keys.answers(saying("application/json", keySet("emr-2")))
	g.clock.pass(time.Minute)
	same(t, "the new key", http.StatusOK, g.call(g.ticket().with(map[string]any{"kid": "emr-2"}).bearer()).Code)
	old := g.ticket().bearer()
	wantTurnedAway(t, g.call(old), http.StatusUnauthorized, unproved, old)
	same(t, "fetches", 2, len(g.keys.paths()))
}

// TestAKeyServerThatFailsLetsNobodyInAndLocksNobodyOut breaks it before the
// first token and after.
func TestAKeyServerThatFailsLetsNobodyInAndLocksNobodyOut(t *testing.T) {
	const told = "the key set that might hold the key of this kid could not be had; try again in a minute"
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		logged string
	}{
		"down":      {status(http.StatusServiceUnavailable), "the key server answered 503"},
		"hangs up":  {raw(""), "the key server could not be reached"},
		"slow":      {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "the key server did not answer in time"},
		"10 MB":     {saying("application/json", `{"keys":[],"x":"`+strings.Repeat("x", 10<<20)+`"}`), "the key server's answer is too large"},
		"redirects": {to("https://elsewhere.example/keys"), "the key server answered 302"},
	} {
		t.Run(name, func(t *testing.T) {
			g := guardWith(t, func(s *trust.Settings) { s.FetchTimeout = 200 * time.Millisecond })
			g.keys.answers(test.answer)
			token := g.ticket().bearer()
			wantTurnedAway(t, g.call(token), http.StatusUnauthorized, told, token)
			if !strings.Contains(g.log.String(), test.logged) {
				t.Errorf("the log lacks %q: %s", test.logged, g.log)
			}

			g.clock.pass(time.Minute)
			g.keys.answers(saying("application/json", keySet("emr-1")))
			same(t, "when it is back", http.StatusOK, g.call(g.ticket().bearer()).Code)
			g.clock.pass(time.Hour)
			g.keys.answers(test.answer)
			same(t, "when it fails again", http.StatusOK, g.call(g.ticket().bearer()).Code)
		})
	}
}

// TestAKeyServerIsWaitedForNoLongerThanTheCallHas lets it be slower than the
// deadline.
func TestAKeyServerIsWaitedForNoLongerThanTheCallHas(t *testing.T) {
	let := make(chan struct{})
	g := guardWith(t, func(s *trust.Settings) { s.FetchTimeout = time.Minute }, func(c *hooks.Config) { c.Deadline = 50 * time.Millisecond })
	g.keys.answers(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-let:
		case <-r.Context().Done():
		}
	})
	defer close(let)
	done := make(chan int)
	go func() { done <- g.call(g.ticket().bearer()).Code }()
	select {
	case status := <-done:
		same(t, "status", http.StatusUnauthorized, status)
	case <-time.After(20 * time.Second):
		t.Error("the call goes on after its deadline")
		let <- struct{}{}
		<-done
	}
}

// TestTwoTokensAreNone: which of two headers is meant is nobody's to guess.
func TestTwoTokensAreNone(t *testing.T) {
	g := guard(t)
	one, other := g.ticket().bearer(), g.clinicTicket().bearer()
	wantTurnedAway(t, g.call(one, other), http.StatusUnauthorized, "the token holds characters that no JWT has, or there is more than one", one, other)
	same(t, "neither is used up", []int{200, 200}, []int{g.call(one).Code, g.call(other).Code})
}

// TestACertificateIsHeldAgainstTheToken holds R175, R179: a client that is
// registered with a certificate comes over a connection of that certificate.
func TestACertificateIsHeldAgainstTheToken(t *testing.T) {
	g := guard(t)
	g.emr.Certificate = "emr.example"
	authority, certificate := certificates(t)
	front := httptest.NewUnstartedServer(g.handler)
	front.TLS = &tls.Config{ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: authority}
	front.StartTLS()
	defer front.Close()
	transport, isTransport := front.Client().Transport.(*http.Transport)
	if !isTransport {
		t.Fatal("no transport")
	}
	const told = "the TLS certificate is not this client's"
	for _, test := range []struct {
		name  string
		has   []tls.Certificate
		token ticket
		told  string
	}{
		{"its own", []tls.Certificate{certificate("emr.example")}, g.ticket(), ""},
		{"another client's", []tls.Certificate{certificate("clinic.example")}, g.ticket(), told},
		{"none", nil, g.ticket(), told},
		{"none, of a client who needs none", nil, g.clinicTicket(), ""},
	} {
		g.log.Reset()
		transport.CloseIdleConnections()
		transport.TLSClientConfig.Certificates = test.has
		got := postTo(t, front, viewCall(prefetched(backPain)), "Authorization", test.token.bearer())
		if test.told == "" {
			same(t, test.name, http.StatusOK, got.StatusCode)
			continue
		}
		same(t, test.name, http.StatusUnauthorized, got.StatusCode)
		if challenge := got.Header.Get("WWW-Authenticate"); !strings.HasPrefix(challenge, `Bearer error="invalid_token"`) || !strings.Contains(got.body, test.told) {
			t.Errorf("%s: %q, %s", test.name, challenge, got.body)
		}
		if !strings.Contains(g.log.String(), "client=emr") {
			t.Errorf("%s: the log does not say whose token it was: %s", test.name, g.log)
		}
	}
	wantTurnedAway(t, g.call(g.ticket().bearer()), http.StatusUnauthorized, told)
}

// certificates is an authority, and how to get a certificate of it.
func certificates(t testing.TB) (*x509.CertPool, func(name string) tls.Certificate) {
	t.Helper()
	key, root := pairs()["clinic-1"], &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	signed := func(template *x509.Certificate) []byte {
		der, err := x509.CreateCertificate(rand.Reader, template, root, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	parsed, err := x509.ParseCertificate(signed(root))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return pool, func(name string) tls.Certificate {
		return tls.Certificate{PrivateKey: key, Certificate: [][]byte{signed(&x509.Certificate{
			SerialNumber: big.NewInt(2), DNSNames: []string{name}, NotBefore: root.NotBefore, NotAfter: root.NotAfter,
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		})}}
	}
}

// TestWhatIsNoCallNeedsNoToken: discovery, the pages and what a supervisor asks.
func TestWhatIsNoCallNeedsNoToken(t *testing.T) {
	g := guard(t)
	for _, path := range []string{"/cds-services", "/", "/pathway", "/healthz", "/readyz", "/metrics", "/icon.png"} {
		same(t, path, http.StatusOK, g.ask(http.MethodGet, path).Code)
	}
	same(t, "a preflight", http.StatusNoContent, g.ask(http.MethodOptions, "/cds-services/"+viewService).Code)
}

// TestDiscoveryMayBeGuarded holds R178 and R196 for discovery.
func TestDiscoveryMayBeGuarded(t *testing.T) {
	g := guard(t, func(c *hooks.Config) { c.GuardDiscovery = true })
	ask := func(k ticket) *httptest.ResponseRecorder {
		return g.ask(http.MethodGet, "/cds-services", "Authorization", k.bearer())
	}
	none := g.ask(http.MethodGet, "/cds-services")
	wantTurnedAway(t, none, http.StatusUnauthorized, "the header Authorization must bear a token, with the scheme Bearer")
	same(t, "WWW-Authenticate", "Bearer", none.Header().Get("WWW-Authenticate"))
	if !strings.Contains(g.log.String(), trust.ErrNoToken.Error()) {
		t.Errorf("the log does not say why: %s", g.log)
	}
	wantTurnedAway(t, ask(g.ticket()), http.StatusUnauthorized, wrongAudience)
	forDiscovery := g.ticket().with(map[string]any{"aud": publicURL + "/cds-services"})
	if got := ask(forDiscovery); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), viewService) {
		t.Errorf("status %d: %s", got.Code, got.Body)
	}
	wantTurnedAway(t, ask(forDiscovery), http.StatusUnauthorized, "a token of this jti has been used: each call needs a new one")
	for _, path := range []string{"/", "/pathway", "/healthz", "/readyz"} {
		same(t, path, http.StatusOK, g.ask(http.MethodGet, path).Code)
	}
}

// unread is a body that tells when it is read.
type unread struct{ reads int }

func (u *unread) Read([]byte) (int, error) {
	u.reads++
	return 0, io.EOF
}

// TestTheBodyOfWhoIsRefusedIsNotRead: to send much costs a stranger more than us.
func TestTheBodyOfWhoIsRefusedIsNotRead(t *testing.T) {
	g := guard(t)
	body := &unread{}
	refused(t, g.send(http.MethodPost, "/cds-services/"+viewService, body, "Content-Type", "application/json"), http.StatusUnauthorized)
	same(t, "reads", 0, body.reads)
	g.send(http.MethodPost, "/cds-services/"+viewService, body, "Content-Type", "application/json", "Authorization", g.ticket().bearer())
	if body.reads == 0 {
		t.Error("nor is that of a client")
	}
}

// TestTheLanguageIsTheCallsElseTheClientsElseTheServices holds their order.
func TestTheLanguageIsTheCallsElseTheClientsElseTheServices(t *testing.T) {
	g := guard(t) // the service speaks Danish, clinic English, emr has no preference
	for _, test := range []struct {
		name, accept string
		token        ticket
		want         string
	}{
		{"the call's", "en", g.ticket(), "en"},
		{"the call's, against the client's", "da", g.clinicTicket(), "da"},
		{"the client's", "", g.clinicTicket(), "en"},
		{"the client's, as the call asks for none of ours", "fr", g.clinicTicket(), "en"},
		{"the client's, as the call asks for nonsense", ";;q=x", g.clinicTicket(), "en"},
		{"the service's", "", g.ticket(), "da"},
	} {
		got := g.post(viewService, viewCall(prefetched(backPain)), "Authorization", test.token.bearer(), "Accept-Language", test.accept)
		same(t, test.name, test.want, got.Header().Get("Content-Language"))
	}
}

// TestAClientNamesOnlyServersOfItsOwn: what another client may name it may not,
// and is told which field is wrong.
func TestAClientNamesOnlyServersOfItsOwn(t *testing.T) {
	e := newEHR(t, func(w http.ResponseWriter, _ *http.Request) { say(w, bundle()) })
	g := guard(t, reading(t, fhir.Limits{}, nil))
	g.clinic.Servers = hooks.ListedServers{e.URL + "/fhir"}
	for name, base := range map[string]string{
		"another client's": e.URL + "/fhir", "nobody's": "https://ehr.example/fhir", "a metadata address": "https://169.254.169.254/fhir",
	} {
		got := g.post(viewService, at(base, viewCall("{}")), "Authorization", g.ticket().bearer())
		wantTurnedAway(t, got, http.StatusForbidden, "fhirServer is none of this client's", base)
		same(t, name, []string{"forbidden fhirServer: fhirServer is none of this client's"}, refused(t, got, http.StatusForbidden).issues())
	}
	same(t, "asked", 0, len(e.asked()))
	got := g.post(viewService, at(e.URL+"/fhir", viewCall("{}")), "Authorization", g.clinicTicket().bearer())
	same(t, "its own: status", http.StatusOK, got.Code)
	same(t, "its own: asked", 6, len(e.asked()))
}

// TestAListedServerIsKnownHoweverItIsWritten holds what makes two service bases
// one, and that nothing else does.
func TestAListedServerIsKnownHoweverItIsWritten(t *testing.T) {
	listed := hooks.ListedServers{"https://EHR.example/fhir/R4", "https://other.example:443/", "https://third.example:8443/fhir"}
	for text, want := range map[string]fhir.Reach{
		"https://ehr.example/fhir/R4":      fhir.ReachPrivate,
		"https://ehr.example/fhir/R4/":     fhir.ReachPrivate,
		"HTTPS://Ehr.Example/fhir/R4":      fhir.ReachPrivate,
		"https://ehr.example:443/fhir/R4/": fhir.ReachPrivate,
		"https://other.example":            fhir.ReachPrivate,
		"https://third.example:8443/fhir":  fhir.ReachPrivate,

		"https://ehr.example/fhir":           fhir.ReachNowhere,
		"https://ehr.example/fhir/r4":        fhir.ReachNowhere,
		"https://ehr.example/fhir/R4/x":      fhir.ReachNowhere,
		"https://ehr.example/fhir/x/../R4":   fhir.ReachNowhere,
		"https://ehr.example/fhir%2FR4":      fhir.ReachNowhere,
		"https://ehr.example:8443/fhir/R4":   fhir.ReachNowhere,
		"http://ehr.example/fhir/R4":         fhir.ReachNowhere,
		"https://ehr.example.evil/fhir/R4":   fhir.ReachNowhere,
		"https://evil.example/fhir/R4":       fhir.ReachNowhere,
		"https://third.example/fhir":         fhir.ReachNowhere,
		"https://ehr.example./fhir/R4":       fhir.ReachNowhere,
		"https://xn--ehr-.example/fhir/R4":   fhir.ReachNowhere,
		"https://ehr.example:0443/fhir/R4/.": fhir.ReachNowhere,
	} {
		base, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		same(t, text, want, listed.Reach(base))
	}

	e := newEHR(t, func(w http.ResponseWriter, _ *http.Request) { say(w, bundle()) })
	g := guard(t, reading(t, fhir.Limits{}, nil))
	host := strings.Replace(e.Listener.Addr().String(), "127.0.0.1", "localhost", 1)
	g.emr.Servers = hooks.ListedServers{"http://" + host + "/fhir"}
	for _, base := range []string{"http://" + host + "/fhir/", "HTTP://" + strings.ToUpper(host) + "/fhir"} {
		got := g.post(viewService, at(base, viewCall("{}")), "Authorization", g.ticket().bearer())
		same(t, base, http.StatusOK, got.Code)
		same(t, base+": asked", 6, len(e.asked()))
	}
}

// TestAListedServerLeadsToNoMetadataAddress: neither by what its name means by
// now, nor by a redirect. What would have been read is a gap.
func TestAListedServerLeadsToNoMetadataAddress(t *testing.T) {
	const metadata = "169.254.169.254"
	gapOf := func(reason string) string {
		return "incomplete prefetch.conditions: prefetch.conditions could not be had: " + reason
	}
	g := guard(t, reading(t, fhir.Limits{}, nil))
	t.Run("its name means one", func(t *testing.T) {
		usual := net.DefaultResolver
		net.DefaultResolver = everyNameMeans(t, metadata)
		defer func() { net.DefaultResolver = usual }()
		g.emr.Servers = hooks.ListedServers{"https://ehr.listed.example/fhir"}
		got := g.post(viewService, at("https://ehr.listed.example/fhir", viewCall(onlyWithout("conditions"))), "Authorization", g.ticket().bearer())
		same(t, "issues", []string{gapOf(fhir.ReasonAddress)}, refused(t, got, http.StatusPreconditionFailed).issues())
	})
	t.Run("it redirects to one", func(t *testing.T) {
		e := newEHR(t, to("http://"+metadata+"/latest/meta-data/"))
		g.emr.Servers = hooks.ListedServers{e.URL + "/fhir"}
		got := g.post(viewService, at(e.URL+"/fhir", viewCall(onlyWithout("conditions"))), "Authorization", g.ticket().bearer())
		same(t, "issues", []string{gapOf(fhir.ReasonElsewhere)}, refused(t, got, http.StatusPreconditionFailed).issues())
	})
}

// everyNameMeans is a name server that has one address for all names.
func everyNameMeans(t testing.TB, address string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	t.Cleanup(func() {
		conn.Close()
		done.Wait()
	})
	done.Go(func() {
		packet := make([]byte, 512)
		for {
			_, from, err := conn.ReadFrom(packet)
			if err != nil {
				return
			}
			// RFC 1035, 4.1: the question again, and one answer to it where it asks for A.
			end := 12 + bytes.IndexByte(packet[12:], 0) + 5
			reply := append([]byte{}, packet[:end]...)
			reply[2], reply[3] = 0x84, 0
			copy(reply[4:12], []byte{0, 1, 0, 0, 0, 0, 0, 0})
			if binary.BigEndian.Uint16(reply[end-4:]) == 1 {
				reply[7] = 1
				reply = append(append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4), net.ParseIP(address).To4()...)
			}
			if _, err := conn.WriteTo(reply, from); err != nil {
				return
			}
		}
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}
