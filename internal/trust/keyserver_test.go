package trust_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rygkort/internal/trust"
)

// newKey is a token under a key that the client has only just begun to use.
func newKey() *draft { return good().with(members{"alg": "RS256", "kid": "rsa-new"}) }

// later is the token made at the time that it is now.
func (w *world) later(d *draft) string {
	now := w.clock.now()
	return d.with(members{"iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}).bearer()
}

func TestKeysAreFetchedOnceAndKept(t *testing.T) {
	w := newWorld(t)
	for range 20 {
		w.letsIn(good().bearer())
	}
	w.letsIn(good().with(members{"alg": "RS256", "kid": "rsa"}).bearer())
	if asked := w.keys.times("/ehr.json"); asked != 1 {
		t.Errorf("fetched %d times", asked)
	}
	if asked := w.keys.times("/clinic.json"); asked != 0 {
		t.Errorf("another client's keys were fetched %d times", asked)
	}
}

// TestANewKeyIsLookedForAtOnceAndThenEvery30Seconds holds R182: the fetch by which
// the others are known does not count.
func TestANewKeyIsLookedForAtOnceAndThenEvery30Seconds(t *testing.T) {
	w := newWorld(t)
	times := func(want int) {
		t.Helper()
		if asked := w.keys.times("/ehr.json"); asked != want {
			t.Errorf("fetched %d times, want %d", asked, want)
		}
	}
	w.letsIn(good().bearer())
	w.turnsAway(trust.ErrKeyID, newKey().bearer())
	times(2)
	w.keys.publish("/ehr.json", keySet(jwk("rsa-new"), jwk("ec256")))
	w.clock.pass(29 * time.Second)
	w.turnsAway(trust.ErrKeyID, newKey().bearer())
	times(2)
	w.clock.pass(time.Second)
	w.letsIn(newKey().bearer())
	w.letsIn(good().bearer())
	times(3)

	w = newWorld(t)
	w.letsIn(good().bearer())
	w.keys.publish("/ehr.json", keySet(jwk("rsa-new"), jwk("ec256")))
	w.letsIn(newKey().bearer())
	times(2)
}

func TestUnknownKeysOfManyCallsAtOnceAreOneFetch(t *testing.T) {
	w := newWorld(t)
	var calls sync.WaitGroup
	for range 50 {
		calls.Go(func() { w.letsIn(good().bearer()) })
		calls.Go(func() {
			if _, err := w.admit(newKey().bearer()); err == nil {
				t.Error("an unknown key was let in")
			}
		})
	}
	calls.Wait()
	if asked := w.keys.times("/ehr.json"); asked > 2 {
		t.Errorf("fetched %d times", asked)
	}
}

func TestAKeyThatWasTakenAwayIsGoodForTheRefreshIntervalAtMost(t *testing.T) {
	w := newWorld(t)
	w.letsIn(good().bearer())
	w.keys.publish("/ehr.json", keySet(jwk("rsa-new")))
	w.clock.pass(11 * time.Minute)
	w.letsIn(w.later(good()))
	if asked := w.keys.times("/ehr.json"); asked != 1 {
		t.Fatalf("fetched %d times before it was due", asked)
	}
	w.clock.pass(4 * time.Minute)
	w.turnsAway(trust.ErrKeyID, w.later(good()))
	w.letsIn(w.later(newKey()))
}

func TestInUseKeysAreRenewedWhileCallsGoOn(t *testing.T) {
	w := newWorld(t)
	w.letsIn(good().bearer())
	answer := make(chan struct{})
	w.keys.answer("/ehr.json", func(rw http.ResponseWriter, _ *http.Request) {
		<-answer
		_, _ = rw.Write(keySet(jwk("rsa-new")))
	})
	w.clock.pass(12 * time.Minute)
	w.letsIn(w.later(good())) // the server has not answered: nobody waits for it
	close(answer)
	for range 500 {
		if _, err := w.admit(w.later(newKey())); err == nil {
			w.turnsAway(trust.ErrKeyID, w.later(good()))
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the new keys never came")
}

func TestAKeyServerThatFails(t *testing.T) {
	released := make(chan struct{})
	t.Cleanup(func() { close(released) })
	for _, test := range []struct {
		name   string
		answer http.HandlerFunc
		detail string
	}{
		{"is down", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "could not be reached"},
		{"does not answer", func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-released:
			}
		}, "did not answer in time"},
		{"answers by drops", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = w.Write([]byte(" "))
				_ = http.NewResponseController(w).Flush()
				select {
				case <-time.After(10 * time.Millisecond):
				case <-released:
					return
				}
			}
		}, "did not answer in time"},
		{"sends 10 MB", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bytes.Repeat([]byte(" "), 10<<20)) }, "too large"},
		{"sends a good set of 10 MB", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(keySet(jwk("rsa-new", members{"x": strings.Repeat("x", 10<<20)})))
		}, "too large"},
		{"sends 101 keys", func(w http.ResponseWriter, _ *http.Request) {
			keys := make([]members, 101)
			for i := range keys {
				keys[i] = jwk("rsa-new")
			}
			_, _ = w.Write(keySet(keys...))
		}, "more than 100 keys"},
		{"redirects", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere.json", http.StatusFound)
		}, "answered 302"},
		{"redirects for good", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere.json", http.StatusPermanentRedirect)
		}, "answered 308"},
		{"has an error", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "an error", 500) }, "answered 500"},
		{"has a set, with status 203", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(203)
			_, _ = w.Write(keySet(jwk("rsa-new")))
		}, "answered 203"},
		{"breaks off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(`{"keys":[`))
		}, "broke off"},
		{"sends HTML", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, "not a JWK Set"},
		{"sends another JSON", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"key":1}`)) }, "not a JWK Set"},
		{"sends a list", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`[]`)) }, "not a JWK Set"},
		{"sends keys that are null", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"keys":null}`)) }, "not a JWK Set"},
		{"sends two sets in one", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"keys":[],"keys":[]}`))
		}, "not a JWK Set"},
		{"sends nothing", func(http.ResponseWriter, *http.Request) {}, "not a JWK Set"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(s *trust.Settings) { s.FetchTimeout = 700 * time.Millisecond })
			w.keys.publish("/elsewhere.json", keySet(jwk("rsa-new")))
			w.letsIn(good().bearer())
			w.keys.answer("/ehr.json", test.answer)

			w.clock.pass(time.Minute)
			denied := w.denial(trust.ErrKeysUnavailable, w.later(newKey()))
			if !strings.Contains(denied.Detail, test.detail) {
				t.Errorf("the log is told %q, want %q", denied.Detail, test.detail)
			}
			if !strings.Contains(denied.Challenge(), "could not be had") {
				t.Errorf("the caller is told %s", denied.Challenge())
			}
			w.letsIn(w.later(good())) // known keys stay good
			w.turnsAway(trust.ErrKeysUnavailable, w.later(newKey()))
			if asked := w.keys.times("/ehr.json"); asked != 2 {
				t.Errorf("fetched %d times: a failed fetch counts for the rate as well", asked)
			}
			if w.keys.times("/elsewhere.json") != 0 {
				t.Error("a redirect was followed")
			}

			w.clock.pass(time.Hour)
			w.letsIn(w.later(good())) // past the refresh interval too
			w.clock.pass(23 * time.Hour)
			w.turnsAway(trust.ErrKeysUnavailable, w.later(good())) // and not for ever

			w.keys.publish("/ehr.json", keySet(jwk("rsa-new")))
			w.clock.pass(time.Minute)
			w.letsIn(w.later(newKey()))
		})
	}
}

func TestASlowKeyServerHoldsUpOnlyWhoNeedsIt(t *testing.T) {
	w := newWorld(t, func(s *trust.Settings) { s.FetchTimeout = time.Minute })
	w.letsIn(good().bearer())
	asked := w.keys.hang("/ehr.json")
	w.clock.pass(time.Minute)
	ctx, giveUp := context.WithCancel(context.Background())
	var waiting sync.WaitGroup
	waiting.Go(func() {
		_, err := w.gate.Admit(ctx, w.later(newKey()), service)
		if !errors.Is(err, trust.ErrKeysUnavailable) {
			t.Errorf("the call that gave up got %v", err)
		}
	})
	<-asked
	for range 10 {
		w.letsIn(w.later(good()))
	}
	giveUp()
	waiting.Wait()
}

func TestAClosedGateFetchesNothingAndKnowsItsKeys(t *testing.T) {
	w := newWorld(t, func(s *trust.Settings) { s.FetchTimeout = time.Minute })
	w.letsIn(good().bearer())
	asked := w.keys.hang("/ehr.json")
	w.clock.pass(time.Minute)
	var waiting sync.WaitGroup
	waiting.Go(func() { w.turnsAway(trust.ErrKeysUnavailable, w.later(newKey())) })
	<-asked
	w.gate.Close()
	waiting.Wait()
	w.gate.Close()
	w.letsIn(w.later(good()))
	w.turnsAway(trust.ErrKeysUnavailable, w.later(good().with(members{"iss": clinic, "kid": "clinic-1", "tenant": "t1"})))
	w.clock.pass(time.Minute)
	if _, err := w.admit(w.later(newKey())); err == nil {
		t.Error("let in by a key that was never had")
	}
	if times := w.keys.times("/ehr.json"); times != 2 {
		t.Errorf("fetched %d times", times)
	}
}

// TestAGateThatFollowsAnotherKnowsWhatItFetched of the same client from the same
// address, for as long as the other would have.
func TestAGateThatFollowsAnotherKnowsWhatItFetched(t *testing.T) {
	w := newWorld(t)
	w.letsIn(good().bearer())
	w.keys.Close()
	before, clients := w.gate, w.clients
	follow := func(change func(*trust.Client)) {
		t.Helper()
		settings := trust.Settings{Clients: slices.Clone(clients), Replay: w.replay, Clock: w.clock.now, Before: before}
		change(&settings.Clients[0])
		gate, err := trust.New(settings)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(gate.Close)
		w.gate = gate
	}
	follow(func(c *trust.Client) { c.Name, c.Tenants = "renamed", []string{"t1"} })
	w.letsIn(good().with(members{"tenant": "t1"}).bearer())
	w.turnsAway(trust.ErrKeysUnavailable, good().with(members{"iss": clinic, "kid": "clinic-1", "tenant": "t1"}).bearer())

	follow(func(c *trust.Client) { c.Issuer = "https://other.example" })
	w.turnsAway(trust.ErrKeysUnavailable, good().with(members{"iss": "https://other.example"}).bearer())
	follow(func(c *trust.Client) { c.KeySetURL += "?elsewhere" })
	w.turnsAway(trust.ErrKeysUnavailable, good().bearer())

	follow(func(*trust.Client) {})
	w.clock.pass(24*time.Hour - time.Second)
	w.letsIn(w.later(good()))
	w.clock.pass(time.Second)
	w.turnsAway(trust.ErrKeysUnavailable, w.later(good()))
}

// TestAGateThatFollowsWhileAnotherFetchesAsksForItself: what the other waits for is
// lost with it.
func TestAGateThatFollowsWhileAnotherFetchesAsksForItself(t *testing.T) {
	w := newWorld(t, func(s *trust.Settings) { s.FetchTimeout = time.Minute })
	w.letsIn(good().bearer())
	asked := w.keys.hang("/ehr.json")
	before := w.gate
	var waiting sync.WaitGroup
	waiting.Go(func() { _, _ = before.Admit(t.Context(), newKey().bearer(), service) })
	<-asked
	after := newWorld(t, func(s *trust.Settings) {
		for i := range s.Clients { // the same addresses
			s.Clients[i].KeySetURL = w.clients[i].KeySetURL
		}
		s.Before = before
		s.Roots.AddCert(w.keys.Certificate())
	})
	before.Close()
	waiting.Wait()
	w.keys.publish("/ehr.json", keySet(jwk("rsa-new"), jwk("ec256")))
	after.letsIn(newKey().bearer())
}

func TestAKeyServerWithACertificateOfNobodyIsNotBelieved(t *testing.T) {
	w := newWorld(t, func(s *trust.Settings) { s.Roots = nil })
	if denied := w.denial(trust.ErrKeysUnavailable, good().bearer()); !strings.Contains(denied.Detail, "no trusted connection") {
		t.Errorf("the log is told %q", denied.Detail)
	}
}

func TestPlainHTTPOnLoopbackIsFetched(t *testing.T) {
	plain := newKeyServer(t, false)
	plain.publish("/keys", keySet(jwk("ec256")))
	w := newWorld(t, func(s *trust.Settings) {
		s.Clients = []trust.Client{{Name: "emr", Issuer: ehr, KeySetURL: plain.URL + "/keys"}}
	})
	w.letsIn(good().bearer())
}

func TestWhichKeysOfASetAreUsed(t *testing.T) {
	ec, rs := good(), good().with(members{"alg": "RS256", "kid": "rsa"})
	weak := good().with(members{"alg": "RS256", "kid": "rsa-weak"})
	for _, test := range []struct {
		name  string
		set   []byte
		token *draft
		want  error
		why   string
	}{
		{"use sig", keySet(jwk("ec256", members{"use": "sig"})), ec, nil, ""},
		{"use enc", keySet(jwk("ec256", members{"use": "enc"})), ec, trust.ErrKeyID, "use is not sig"},
		{"use of another kind", keySet(jwk("ec256", members{"use": "tls"})), ec, trust.ErrKeyID, "use is not sig"},
		{"key_ops verify", keySet(jwk("ec256", members{"key_ops": []string{"sign", "verify"}})), ec, nil, ""},
		{"key_ops without verify", keySet(jwk("ec256", members{"key_ops": []string{"encrypt"}})), ec, trust.ErrKeyID, "key_ops"},
		{"key_ops empty", keySet(jwk("ec256", members{"key_ops": []string{}})), ec, trust.ErrKeyID, "key_ops"},
		{"key_ops that nobody knows", keySet(jwk("ec256", members{"key_ops": []string{"x", "verify"}})), ec, nil, ""},
		{"alg of the token", keySet(jwk("rsa", members{"alg": "RS256"})), rs, nil, ""},
		{"alg of the same family", keySet(jwk("rsa", members{"alg": "RS384"})), rs, trust.ErrAlgorithm, "another alg"},
		{"alg that is not taken", keySet(jwk("rsa", members{"alg": "PS256"})), rs, trust.ErrKeyID, "alg"},
		{"alg of encryption", keySet(jwk("rsa", members{"alg": "RSA-OAEP"})), rs, trust.ErrKeyID, "alg"},
		{"alg that does not fit the curve", keySet(jwk("ec256", members{"alg": "ES384"})), ec, trust.ErrKeyID, "alg"},
		{"less than 2048 bits", keySet(jwk("rsa-weak")), weak, trust.ErrKeyID, "2048 bits"},
		{"more than 8192 bits", keySet(jwk("rsa", members{"n": strings.Repeat("_", 2000)})), rs, trust.ErrKeyID, "8192 bits"},
		{"an even exponent", keySet(jwk("rsa", members{"e": "Ag"})), rs, trust.ErrKeyID, "no RSA key"},
		{"no modulus", keySet(members{"kid": "rsa", "kty": "RSA", "e": "AQAB"}), rs, trust.ErrKeyID, "no RSA key"},
		{"a private key (R197)", keySet(jwk("ec256", members{"d": "AQAB"})), ec, trust.ErrKeyID, "private"},
		{"a symmetric key (R197)", keySet(members{"kid": "ec256", "kty": "oct", "k": "c2VjcmV0"}), ec, trust.ErrKeyID, "kty"},
		{"a point that is not on the curve", keySet(jwk("ec256", members{"x": "AQ", "y": "AQ"})), ec, trust.ErrKeyID, "no point"},
		{"another curve's point", keySet(jwk("ec256", members{"crv": "P-384"})), ec, trust.ErrKeyID, "no point"},
		{"a curve that is not taken", keySet(jwk("ec256", members{"crv": "secp256k1"})), ec, trust.ErrKeyID, "crv"},
		{"two of one kid: the one that fits (R183)", keySet(jwk("rsa", members{"kid": "ec256"}), jwk("ec256")), ec, nil, ""},
		{"two of one kid, the first unusable", keySet(jwk("ec256", members{"use": "enc"}), jwk("ec256")), ec, nil, ""},
		{"two of one kid: none fits", keySet(jwk("rsa", members{"kid": "ec256"}), jwk("ec384", members{"kid": "ec256"})), ec, trust.ErrAlgorithm, "another alg"},
		{"no kid", keySet(members{"kty": "EC"}), ec, trust.ErrKeyID, "no key of this kid"},
		{"an empty set", []byte(`{"keys":[]}`), ec, trust.ErrKeyID, "no key of this kid"},
		{"beside what is no key", []byte(`{"keys":[1,null,{"kid":7},{"kid":"x","kty":{}},` + string(bare(keySet(jwk("ec256")))) + `]}`), ec, nil, ""},
		{"with members of others (R197)", keySet(jwk("ec256", members{"x5c": "not even a list", "x5t": 1, "ext": true})), ec, nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.keys.publish("/ehr.json", test.set)
			if test.want == nil {
				w.letsIn(test.token.bearer())
				return
			}
			if denied := w.denial(test.want, test.token.bearer()); !strings.Contains(denied.Detail, test.why) {
				t.Errorf("the log is told %q, want %q", denied.Detail, test.why)
			}
		})
	}
}

// bare is the one key of a set.
func bare(set []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimPrefix(set, []byte(`{"keys":[`)), []byte("]}"))
}
