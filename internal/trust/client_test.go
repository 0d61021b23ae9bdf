package trust_test

import (
	"strings"
	"testing"
	"time"

	"rygkort/internal/trust"
)

func TestAClientWithKeysOfItsOwnFile(t *testing.T) {
	w := newWorld(t, func(s *trust.Settings) {
		s.Clients = []trust.Client{
			{Name: "pinned", Issuer: ehr, KeySet: keySet(jwk("ec256"), jwk("rsa-weak"))},
			{Name: "stated", Issuer: clinic, KeySet: keySet(jwk("clinic-1")), StatedKeySetURL: "https://clinic.example/keys"},
		}
	})
	w.letsIn(good().bearer())
	w.turnsAway(trust.ErrKeyID, newKey().bearer())
	w.turnsAway(trust.ErrKeySetURL, good().with(members{"jku": w.keys.URL + "/ehr.json"}).bearer())

	stated := func(jku string) string {
		return good().with(members{"iss": clinic, "kid": "clinic-1", "jku": jku}).bearer()
	}
	w.letsIn(stated("https://clinic.example/keys"))
	w.turnsAway(trust.ErrKeySetURL, stated("https://clinic.example/keys/"))
	if w.keys.times("/ehr.json") != 0 {
		t.Error("keys were fetched")
	}
}

func TestWhichClientsCannotBe(t *testing.T) {
	set := keySet(jwk("ec256"))
	at := func(url string) trust.Client { return trust.Client{Name: "emr", Issuer: ehr, KeySetURL: url} }
	for _, test := range []struct {
		name    string
		clients []trust.Client
		want    string // empty: it can
	}{
		{"none at all", nil, ""},
		{"two", []trust.Client{at("https://a.example/keys"), {Name: "b", Issuer: "urn:b", KeySet: set}}, ""},
		{"no name", []trust.Client{at("https://a.example"), {Issuer: "urn:b", KeySet: set}}, "client 2: name: is missing"},
		{"no iss", []trust.Client{{Name: "emr", KeySet: set}}, `client "emr": iss: is missing`},
		{"iss no URI", []trust.Client{{Name: "emr", Issuer: "emr", KeySet: set}}, `client "emr": iss: must be a URI`},
		{"one name twice", []trust.Client{at("https://a.example"), {Name: "emr", Issuer: "urn:b", KeySet: set}}, `client "emr": name: another`},
		{"one iss twice", []trust.Client{at("https://a.example"), {Name: "b", Issuer: ehr, KeySet: set}}, `client "b": iss: client "emr" has it`},
		{"neither jku nor keys", []trust.Client{{Name: "emr", Issuer: ehr}}, `client "emr": jku, keys: one of them`},
		{"both jku and keys", []trust.Client{{Name: "emr", Issuer: ehr, KeySetURL: "https://a.example", KeySet: set}}, `client "emr": jku, keys: only one`},
		{"a jku to fetch and one to state", []trust.Client{{Name: "emr", Issuer: ehr, KeySetURL: "https://a.example", StatedKeySetURL: "https://b.example"}}, `stated jku: goes with`},
		{"an empty tenant", []trust.Client{{Name: "emr", Issuer: ehr, KeySet: set, Tenants: []string{"t", ""}}}, `client "emr": tenants:`},
		{"keys that are no set", []trust.Client{{Name: "emr", Issuer: ehr, KeySet: []byte("-----BEGIN")}}, `client "emr": keys: not a JWK Set`},
		{"an empty file of keys", []trust.Client{{Name: "emr", Issuer: ehr, KeySet: []byte{}}}, `client "emr": keys: not a JWK Set`},
		{"keys of which none is good", []trust.Client{{Name: "emr", Issuer: ehr, KeySet: keySet(jwk("ec256", members{"d": "AQ"}))}}, `keys: none with a kid can be used: it is a private key`},
		{"jku without scheme", []trust.Client{at("a.example/keys")}, `client "emr": jku: must be an absolute https URL`},
		{"jku without host", []trust.Client{at("https:///keys")}, "jku: must be an absolute https URL"},
		{"jku a file", []trust.Client{at("file:///etc/keys")}, "jku: must be an absolute https URL"},
		{"jku no URL", []trust.Client{at("https://a b")}, "jku: must be an absolute https URL"},
		{"jku with a password", []trust.Client{at("https://u:p@a.example/keys")}, "jku: must be without user"},
		{"jku with a fragment", []trust.Client{at("https://a.example/keys#")}, "jku: must be without a fragment"},
		{"jku in plain http", []trust.Client{at("http://a.example/keys")}, "jku: must be https"},
		{"jku in plain http, a private address", []trust.Client{at("http://10.0.0.1/keys")}, "jku: must be https"},
		{"jku in plain http, a name like localhost", []trust.Client{at("http://localhost.example/keys")}, "jku: must be https"},
		{"jku in plain http, this machine", []trust.Client{at("http://127.0.0.1:8080/keys")}, ""},
		{"jku in plain http, this machine by IPv6", []trust.Client{at("http://[::1]:8080/keys")}, ""},
		{"jku in plain http, this machine by name", []trust.Client{at("http://localhost:8080/keys")}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := &clock{}
			gate, err := trust.New(trust.Settings{Clients: test.clients, Clock: c.now, Replay: trust.NewReplayMemory(c.now, 0)})
			if err == nil {
				gate.Close()
			}
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func TestWhichSettingsCannotBe(t *testing.T) {
	c := &clock{}
	whole := trust.Settings{Clock: c.now, Replay: trust.NewReplayMemory(c.now, 0)}
	for want, change := range map[string]func(*trust.Settings){
		"a clock":                 func(s *trust.Settings) { s.Clock = nil },
		"a memory of used tokens": func(s *trust.Settings) { s.Replay = nil },
		"skew: must not":          func(s *trust.Settings) { s.Skew = -1 },
		"lifetime: must not":      func(s *trust.Settings) { s.Lifetime = -time.Hour },
		"keep: must not":          func(s *trust.Settings) { s.KeepFor = time.Minute },
	} {
		settings := whole
		change(&settings)
		if _, err := trust.New(settings); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestALifetimeOfOnesOwn(t *testing.T) {
	w := newWorld(t, func(s *trust.Settings) { s.Lifetime = time.Hour })
	w.letsIn(good().with(members{"exp": at(time.Hour)}).bearer())
	w.turnsAway(trust.ErrLifetime, good().with(members{"exp": at(time.Hour + 2*time.Second)}).bearer())
}

func TestWhatTheLogIsToldNamesTheClient(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct{ authorization, want string }{
		{"", "the call bears no token: the header Authorization must bear a token, with the scheme Bearer"},
		{good().with(members{"iss": "urn:x"}).bearer(), "iss names no client"},
		{good().signedWith("clinic-1", "").bearer(), `client "emr": the signature is not of the key`},
		{good().without("exp").bearer(), `client "emr": a claim is missing or has the wrong form: exp must be there and be a number of seconds since 1970`},
		{good().with(members{"alg": "RS256", "kid": "rsa-weak"}).bearer(), `client "emr": kid names no key of the client: the key of this kid is not used: it is no RSA key, or of less than 2048 bits`},
	} {
		if _, err := w.admit(test.authorization); err == nil || err.Error() != test.want {
			t.Errorf("error %v\n want %s", err, test.want)
		}
	}
}
