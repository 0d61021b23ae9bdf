package trust_test

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"rygkort/internal/trust"
)

// at is a time as a NumericDate, so long after the start.
func at(after time.Duration) int64 { return start.Add(after).Unix() }

func TestWhoIsTurnedAwayAndWhy(t *testing.T) {
	publicPEM := func(kid string) []byte {
		der, err := x509.MarshalPKIXPublicKey(pairs()[kid].Public())
		if err != nil {
			t.Fatal(err)
		}
		return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	}
	macked := func(secret []byte) string {
		input := part("", members{"typ": "JWT", "alg": "HS256", "kid": "rsa"}) + "." + part("", good().payload)
		return "Bearer " + input + "." + hmacOf(secret, input)
	}
	resigned := func(change func(parts []string)) string {
		parts := strings.Split(good().compact(), ".")
		change(parts)
		return "Bearer " + strings.Join(parts, ".")
	}
	payload := func(raw string) *draft {
		d := good()
		d.rawPayload = raw
		return d
	}
	claimed := func(exp string) string {
		return fmt.Sprintf(`{"iss":%q,"aud":%q,"jti":"a-jti-of-ours","iat":%d,"exp":%s}`, ehr, service, at(0), exp)
	}

	for _, test := range []struct {
		name, authorization string
		want                error
	}{
		{"no header", "", trust.ErrNoToken},
		{"the scheme without a token", "Bearer", trust.ErrNoToken},
		{"the scheme and blanks", "Bearer   ", trust.ErrNoToken},
		{"another scheme", "Basic dXNlcjpwYXNzd29yZA", trust.ErrNoToken},
		{"a token without the scheme", good().compact(), trust.ErrNoToken},

		{"garbage", "Bearer garbage-of-some-length", trust.ErrMalformed},
		{"garbage in three parts", "Bearer garbage.garbage.garbage", trust.ErrMalformed},
		{"empty parts", "Bearer ..", trust.ErrMalformed},
		{"two tokens", good().bearer() + " " + good().compact(), trust.ErrMalformed},
		{"two headers, joined", good().bearer() + ", " + good().bearer(), trust.ErrMalformed},
		{"a line break in the token", strings.Replace(good().bearer(), ".", ".\r\n", 1), trust.ErrMalformed},
		{"padding", good().bearer() + "==", trust.ErrMalformed},
		{"a huge token", good().with(members{"filler": strings.Repeat("x", 1<<20)}).bearer(), trust.ErrMalformed},
		{"a token in JSON form", `Bearer {"payload":"e30","signatures":[]}`, trust.ErrMalformed},
		{"an encrypted token (JWE)", "Bearer eyJhbGciOiJSU0EtT0FFUCJ9.b2s.aXY.Y3Q.dGFn", trust.ErrMalformed},
		{"a header that is an array", "Bearer " + b64([]byte(`["JWT"]`)) + ".e30.c2ln", trust.ErrMalformed},
		{"a header that is null", "Bearer " + b64([]byte("null")) + ".e30.c2ln", trust.ErrMalformed},
		{"a payload that is null", payload("null").bearer(), trust.ErrMalformed},
		{"a payload that is no JSON", payload("{").bearer(), trust.ErrMalformed},
		{"a payload and more", payload("{}{}").bearer(), trust.ErrMalformed},
		{"no signature", resigned(func(parts []string) { parts[2] = "" }), trust.ErrMalformed},

		{"typ missing (R184)", good().without("typ").bearer(), trust.ErrType},
		{"typ of another kind", good().with(members{"typ": "at+jwt"}).bearer(), trust.ErrType},
		{"typ no string", good().with(members{"typ": 1}).bearer(), trust.ErrType},

		{"alg missing", good().signedWith("ec256", "ES256").without("alg").bearer(), trust.ErrAlgorithm},
		{"alg none (R201)", "Bearer " + part("", members{"typ": "JWT", "alg": "none", "kid": "rsa"}) + "." + part("", good().payload) + ".", trust.ErrAlgorithm},
		{"alg nOnE and a signature", good().signedWith("ec256", "ES256").with(members{"alg": "nOnE"}).bearer(), trust.ErrAlgorithm},
		{"alg HS256, the public key as PEM for a secret (R203)", macked(publicPEM("rsa")), trust.ErrAlgorithm},
		{"alg HS256, the modulus for a secret", macked(pairs()["rsa"].Public().(*rsa.PublicKey).N.Bytes()), trust.ErrAlgorithm},
		{"alg PS256", good().with(members{"alg": "PS256", "kid": "rsa"}).bearer(), trust.ErrAlgorithm},
		{"alg EdDSA", good().signedWith("ec256", "ES256").with(members{"alg": "EdDSA"}).bearer(), trust.ErrAlgorithm},
		{"alg es256, in small letters", good().signedWith("ec256", "ES256").with(members{"alg": "es256"}).bearer(), trust.ErrAlgorithm},
		{"alg no string", good().signedWith("ec256", "ES256").with(members{"alg": []string{"ES256"}}).bearer(), trust.ErrAlgorithm},
		{"alg RS256 with an EC key", good().signedWith("rsa", "RS256").with(members{"alg": "RS256"}).bearer(), trust.ErrAlgorithm},
		{"alg ES256 with an RSA key", good().signedWith("ec256", "ES256").with(members{"kid": "rsa"}).bearer(), trust.ErrAlgorithm},
		{"alg ES256 with a key of P-384", good().signedWith("ec384", "ES256").with(members{"kid": "ec384"}).bearer(), trust.ErrAlgorithm},
		{"alg ES384 with a key of P-256", good().with(members{"alg": "ES384"}).bearer(), trust.ErrAlgorithm},

		{"crit (RFC 7515, 4.1.11)", good().with(members{"crit": []string{"exp"}, "exp": at(time.Minute)}).bearer(), trust.ErrCritical},
		{"crit that is empty", good().with(members{"crit": []string{}}).bearer(), trust.ErrCritical},
		{"b64 false (RFC 7797)", good().with(members{"b64": false}).bearer(), trust.ErrCritical},

		{"kid missing (R182)", good().signedWith("ec256", "").without("kid").bearer(), trust.ErrKeyID},
		{"kid empty", good().signedWith("ec256", "").with(members{"kid": ""}).bearer(), trust.ErrKeyID},
		{"kid no string", good().signedWith("ec256", "").with(members{"kid": 256}).bearer(), trust.ErrKeyID},
		{"kid unknown", good().signedWith("ec256", "").with(members{"kid": "unheard-of"}).bearer(), trust.ErrKeyID},
		{"kid of another client, signed by it", good().with(members{"kid": "clinic-1"}).bearer(), trust.ErrKeyID},
		{"kid of a weak key (R200)", good().with(members{"alg": "RS256", "kid": "rsa-weak"}).bearer(), trust.ErrKeyID},

		{"iss missing (R187)", good().without("iss").bearer(), trust.ErrClaims},
		{"iss no string", good().with(members{"iss": []string{ehr}}).bearer(), trust.ErrClaims},
		{"iss unknown", good().with(members{"iss": "https://elsewhere.example"}).bearer(), trust.ErrIssuer},
		{"iss with a slash more", good().with(members{"iss": ehr + "/"}).bearer(), trust.ErrIssuer},
		{"iss empty", good().with(members{"iss": ""}).bearer(), trust.ErrIssuer},
		{"jku empty", good().with(members{"jku": ""}).bearer(), trust.ErrKeySetURL},
		{"jku null", good().with(members{"jku": nil}).bearer(), trust.ErrKeySetURL},
		{"jku no string", good().with(members{"jku": members{"url": "https://elsewhere.example"}}).bearer(), trust.ErrKeySetURL},

		{"signed by a stranger (R180)", good().with(members{"alg": "RS256", "kid": "rsa"}).signedWith("rsa-foreign", "RS256").bearer(), trust.ErrSignature},
		{"signed by another client", good().signedWith("clinic-1", "ES256").bearer(), trust.ErrSignature},
		{"signed with another hash than alg says", good().with(members{"alg": "RS256", "kid": "rsa"}).signedWith("rsa", "RS512").bearer(), trust.ErrSignature},
		{"signed by RSA-PSS under RS256", good().with(members{"alg": "RS256", "kid": "rsa"}).signedWith("rsa", "PS256").bearer(), trust.ErrSignature},
		{"another payload under the signature", resigned(func(parts []string) { parts[1] = part("", good().payload) }), trust.ErrSignature},
		{"another header under the signature", resigned(func(parts []string) { parts[0] = part(`{"alg":"ES256","kid":"ec256","typ":"jwt"}`, nil) }), trust.ErrSignature},
		{"a signature of zeros", resigned(func(parts []string) { parts[2] = b64(make([]byte, 64)) }), trust.ErrSignature},
		{"a signature in DER", resigned(func(parts []string) {
			der, err := ecdsa.SignASN1(nil, pairs()["ec256"].(*ecdsa.PrivateKey), make([]byte, 32))
			if err != nil {
				t.Fatal(err)
			}
			parts[2] = b64(der)
		}), trust.ErrSignature},
		{"a signature and a byte more", resigned(func(parts []string) { parts[2] += "AA" }), trust.ErrSignature},
		{"half a signature", resigned(func(parts []string) { parts[2] = parts[2][:43] + "A" }), trust.ErrSignature},

		{"exp missing (R190)", good().without("exp").bearer(), trust.ErrClaims},
		{"exp a string", payload(claimed(fmt.Sprintf("%q", fmt.Sprint(at(time.Minute))))).bearer(), trust.ErrClaims},
		{"exp null", payload(claimed("null")).bearer(), trust.ErrClaims},
		{"exp a list", payload(claimed(fmt.Sprintf("[%d]", at(time.Minute)))).bearer(), trust.ErrClaims},
		{"exp negative", payload(claimed("-1")).bearer(), trust.ErrClaims},
		{"exp 1e300", payload(claimed("1e300")).bearer(), trust.ErrClaims},
		{"exp 1e400, more than a number holds", payload(claimed("1e400")).bearer(), trust.ErrClaims},
		{"exp in milliseconds", good().with(members{"exp": start.Add(time.Minute).UnixMilli()}).bearer(), trust.ErrClaims},
		{"expired by a day", good().with(members{"iat": at(-24*time.Hour - time.Minute), "exp": at(-24 * time.Hour)}).bearer(), trust.ErrExpired},
		{"expired by a minute", good().with(members{"iat": at(-5 * time.Minute), "exp": at(-time.Minute)}).bearer(), trust.ErrExpired},
		{"iat missing (R191)", good().without("iat").bearer(), trust.ErrClaims},
		{"iat a string", good().with(members{"iat": fmt.Sprint(at(0))}).bearer(), trust.ErrClaims},
		{"iat in the future", good().with(members{"iat": at(61 * time.Second), "exp": at(2 * time.Minute)}).bearer(), trust.ErrNotYet},
		{"nbf in the future", good().with(members{"nbf": at(61 * time.Second)}).bearer(), trust.ErrNotYet},
		{"nbf a string", good().with(members{"nbf": "now"}).bearer(), trust.ErrClaims},
		{"a lifetime of an hour", good().with(members{"exp": at(time.Hour)}).bearer(), trust.ErrLifetime},
		{"a lifetime of two seconds too many", good().with(members{"exp": at(302 * time.Second)}).bearer(), trust.ErrLifetime},
		{"exp before iat", good().with(members{"exp": at(-time.Second)}).bearer(), trust.ErrLifetime},
		{"exp at iat", good().with(members{"exp": at(0)}).bearer(), trust.ErrLifetime},
		{"jti missing (R192)", good().without("jti").bearer(), trust.ErrClaims},
		{"jti empty", good().with(members{"jti": ""}).bearer(), trust.ErrClaims},
		{"jti a number", good().with(members{"jti": 1234567}).bearer(), trust.ErrClaims},
		{"jti too long to be kept", good().with(members{"jti": strings.Repeat("j", 257)}).bearer(), trust.ErrClaims},

		{"aud missing (R189)", good().without("aud").bearer(), trust.ErrAudience},
		{"aud empty", good().with(members{"aud": ""}).bearer(), trust.ErrAudience},
		{"aud an empty list", good().with(members{"aud": []string{}}).bearer(), trust.ErrAudience},
		{"aud a list with what is no string", good().with(members{"aud": []any{1, service}}).bearer(), trust.ErrAudience},
		{"aud an object", good().with(members{"aud": members{"url": service}}).bearer(), trust.ErrAudience},
		{"aud another service", good().with(members{"aud": "https://cds.example/cds-services/low-back-pain-order-sign"}).bearer(), trust.ErrAudience},
		{"aud another host", good().with(members{"aud": strings.Replace(service, "cds.example", "evil.example", 1)}).bearer(), trust.ErrAudience},
		{"aud another scheme", good().with(members{"aud": strings.Replace(service, "https", "http", 1)}).bearer(), trust.ErrAudience},
		{"aud discovery", good().with(members{"aud": "https://cds.example/cds-services"}).bearer(), trust.ErrAudience},
		{"aud the base", good().with(members{"aud": "https://cds.example/"}).bearer(), trust.ErrAudience},
		{"aud the feedback of the service", good().with(members{"aud": feedback}).bearer(), trust.ErrAudience},
		{"aud a prefix of the right one", good().with(members{"aud": service[:len(service)-1]}).bearer(), trust.ErrAudience},
		{"aud longer than the right one", good().with(members{"aud": service + "s"}).bearer(), trust.ErrAudience},
		{"aud with a query", good().with(members{"aud": service + "?a=b"}).bearer(), trust.ErrAudience},
		{"aud with three slashes after the scheme", good().with(members{"aud": strings.Replace(service, "//", "///", 1)}).bearer(), trust.ErrAudience},

		{"tenant no string (R193)", good().with(members{"tenant": 12}).bearer(), trust.ErrClaims},
		{"tenant null", good().with(members{"tenant": nil}).bearer(), trust.ErrClaims},

		{"exp twice, the last one good", payload(fmt.Sprintf(`{"iss":%q,"aud":%q,"jti":"a-jti-of-ours","iat":%d,"exp":%d,"exp":%d}`,
			ehr, service, at(0), at(-time.Hour), at(time.Minute))).bearer(), trust.ErrMalformed},
		{"exp twice, once escaped", payload(fmt.Sprintf(`{"iss":%q,"aud":%q,"jti":"a-jti-of-ours","iat":%d,"exp":%d,"\u0065xp":%d}`,
			ehr, service, at(0), at(-time.Hour), at(time.Minute))).bearer(), trust.ErrMalformed},
		{"a member twice within another", payload(strings.Replace(claimed(fmt.Sprint(at(time.Minute))), "{", `{"x":{"a":1,"a":2},`, 1)).bearer(), trust.ErrMalformed},
		{"alg twice", func() string {
			d := good()
			d.rawHeader = `{"typ":"JWT","alg":"none","alg":"ES256","kid":"ec256"}`
			return d.bearer()
		}(), trust.ErrMalformed},
		{"EXP in capitals is not exp", payload(strings.Replace(claimed(fmt.Sprint(at(time.Minute))), `"exp"`, `"EXP"`, 1)).bearer(), trust.ErrClaims},
		{"what is not UTF-8", payload(strings.Replace(claimed(fmt.Sprint(at(time.Minute))), "a-jti", "\xff", 1)).bearer(), trust.ErrMalformed},
		{"as deep as the token is long", payload(`{"x":` + strings.Repeat("[", 10_000)).bearer(), trust.ErrMalformed},
	} {
		t.Run(test.name, func(t *testing.T) { newWorld(t).turnsAway(test.want, test.authorization) })
	}
}

func TestWhoIsLetIn(t *testing.T) {
	for _, test := range []struct {
		name  string
		token *draft
	}{
		{"ES256", good()},
		{"ES384", good().with(members{"alg": "ES384", "kid": "ec384"})},
		{"ES512", good().with(members{"alg": "ES512", "kid": "ec521"})},
		{"RS256", good().with(members{"alg": "RS256", "kid": "rsa"})},
		{"RS384", good().with(members{"alg": "RS384", "kid": "rsa"})},
		{"RS512", good().with(members{"alg": "RS512", "kid": "rsa"})},
		{"typ in small letters", good().with(members{"typ": "jwt"})},
		{"aud a list with others", good().with(members{"aud": []string{"https://other.example", service}})},
		{"aud with a slash at the end", good().with(members{"aud": service + "/"})},
		{"aud with two slashes within (the Sandbox)", good().with(members{"aud": strings.Replace(service, "/cds-services/", "//cds-services//", 1)})},
		{"iat half a second ahead (the Sandbox)", good().with(members{"iat": float64(at(0)) + .5})},
		{"exp half a second beyond the lifetime: rounded", good().with(members{"exp": float64(at(0)) + 300.5})},
		{"exp as 1.8e9 is written", good().with(members{"exp": float64(at(time.Minute))})},
		{"iat a minute ahead: another clock", good().with(members{"iat": at(time.Minute), "exp": at(2 * time.Minute)})},
		{"nbf a minute ahead", good().with(members{"nbf": at(time.Minute)})},
		{"expired by 59 seconds", good().with(members{"iat": at(-5 * time.Minute), "exp": at(-59 * time.Second)})},
		{"a jti of 256 bytes", good().with(members{"jti": strings.Repeat("j", 256)})},
		{"claims of others", good().with(members{"sub": "x", "scope": []string{"a"}, "nested": members{"exp": 1}})},
		{"jwk, x5u and x5c of the header are not looked at", good().with(members{
			"jwk": jwk("rsa-foreign"), "x5u": "https://evil.example/chain.pem", "x5c": []string{"no certificate"},
		})},
	} {
		t.Run(test.name, func(t *testing.T) { newWorld(t).letsIn(test.token.bearer()) })
	}
	t.Run("the scheme in small letters, and blanks", func(t *testing.T) {
		newWorld(t).letsIn("  bearer  " + good().compact() + " ")
	})
}

func TestAnEmbeddedKeyDoesNotStandForTheClients(t *testing.T) {
	w := newWorld(t)
	w.turnsAway(trust.ErrSignature, good().with(members{"alg": "RS256", "kid": "rsa", "jwk": jwk("rsa-foreign", members{"kid": "rsa"})}).signedWith("rsa-foreign", "RS256").bearer())
}

func TestTheJKUOfATokenIsComparedAndNeverFollowed(t *testing.T) {
	w := newWorld(t)
	foreign := good().with(members{"alg": "RS256", "kid": "rsa-foreign", "jku": w.keys.URL + "/foreign.json"})
	w.turnsAway(trust.ErrKeySetURL, foreign.bearer())
	w.turnsAway(trust.ErrKeySetURL, good().with(members{"jku": w.keys.URL + "/clinic.json"}).bearer())
	w.turnsAway(trust.ErrKeySetURL, good().with(members{"jku": w.keys.URL + "/ehr.json?"}).bearer())
	w.turnsAway(trust.ErrIssuer, foreign.with(members{"iss": "https://evil.example"}).bearer())
	for _, path := range []string{"/foreign.json", "/clinic.json", "/ehr.json"} {
		if asked := w.keys.times(path); asked != 0 {
			t.Errorf("%s was fetched %d times", path, asked)
		}
	}
	w.letsIn(good().with(members{"jku": w.keys.URL + "/ehr.json"}).bearer())
}

func TestOnFeedbackEitherURLIsTaken(t *testing.T) {
	w := newWorld(t)
	w.letsIn(good().bearer(), feedback, service)
	w.letsIn(good().with(members{"aud": feedback}).bearer(), feedback, service)
	w.turnsAway(trust.ErrAudience, good().with(members{"aud": service + "/other"}).bearer(), feedback, service)
	w.turnsAway(trust.ErrAudience, good().with(members{"aud": ""}).bearer(), "")
	if _, err := w.gate.Admit(t.Context(), good().bearer()); err == nil {
		t.Error("let in where no audience was acceptable")
	}
}

func TestATenantIsOneOfTheClients(t *testing.T) {
	w := newWorld(t)
	of := func(changes members) string {
		return good().with(members{"iss": clinic, "kid": "clinic-1"}).with(changes).bearer()
	}
	if admission, err := w.admit(of(members{"tenant": "t2"})); err != nil || admission != (trust.Admission{Client: "practice", Tenant: "t2"}) {
		t.Errorf("admission %+v, error %v", admission, err)
	}
	w.turnsAway(trust.ErrTenant, of(members{"tenant": "tenant-3"}))
	w.turnsAway(trust.ErrTenant, of(members{"tenant": ""}))
	w.turnsAway(trust.ErrTenant, of(nil))
	if admission, err := w.admit(good().with(members{"tenant": "any"}).bearer()); err != nil || admission.Tenant != "any" {
		t.Errorf("a client without tenants: admission %+v, error %v", admission, err)
	}
}

func TestWhoGuessesLearnsNothing(t *testing.T) {
	w := newWorld(t)
	challenges := map[string]error{}
	for reason, token := range map[error]*draft{
		trust.ErrIssuer:    good().with(members{"iss": "https://guess.example"}),
		trust.ErrKeySetURL: good().with(members{"jku": "https://guess.example/keys"}),
		trust.ErrKeyID:     good().signedWith("ec256", "").with(members{"kid": "a-guess"}),
		trust.ErrAlgorithm: good().with(members{"kid": "rsa"}).signedWith("ec256", "ES256"),
		trust.ErrSignature: good().signedWith("clinic-1", "ES256").with(members{"exp": 0, "aud": "x"}),
	} {
		challenges[w.denial(reason, token.bearer()).Challenge()] = reason
	}
	if len(challenges) != 1 {
		t.Errorf("the challenges tell tokens of strangers apart: %v", maps.Collect(maps.All(challenges)))
	}
}

func TestThereIsOneWayToWriteAToken(t *testing.T) {
	w := newWorld(t)
	compact := good().compact()
	// The last letter of 64 bytes in base64url carries four bits that mean nothing.
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, compact[len(compact)-1])
	twin := compact[:len(compact)-1] + alphabet[last^1:last^1+1]
	for _, text := range []string{compact, twin} {
		if _, err := base64.RawURLEncoding.DecodeString(text[strings.LastIndexByte(text, '.')+1:]); err != nil {
			t.Fatal(err)
		}
	}
	w.turnsAway(trust.ErrMalformed, "Bearer "+twin)
	w.letsIn("Bearer " + compact)
}
