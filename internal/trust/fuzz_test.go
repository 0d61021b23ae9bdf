package trust_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"rygkort/internal/trust"
)

// forgetful lets the same token in again and again.
type forgetful struct{}

func (forgetful) Once(context.Context, string, string, time.Time) (bool, error) { return true, nil }

// FuzzAdmit: whatever a caller sends, nothing panics, and who is let in has a
// token that the client's key has signed and whose claims are right. Signers 0
// and 1 sign with a key of the client and so reach the claims; 2 is a stranger;
// all others send the text as it is.
func FuzzAdmit(f *testing.F) {
	for _, d := range []*draft{
		good(), good().with(members{"alg": "RS256", "kid": "rsa"}), good().with(members{"alg": "none"}),
		good().with(members{"jku": "https://evil.example"}), good().with(members{"crit": []string{"b64"}, "b64": false}),
		good().with(members{"aud": []string{service}}), good().with(members{"exp": "1", "iat": 1e300, "nbf": -1}),
		good().with(members{"iss": clinic, "kid": "clinic-1", "tenant": "t1"}).without("jti"),
	} {
		header, _ := json.Marshal(d.header)
		payload, _ := json.Marshal(d.payload)
		for signer := range uint8(4) {
			f.Add(string(header), string(payload), "", signer)
		}
	}
	f.Add("Bearer ", good().signedWith("clinic-1", "ES256").compact(), "", uint8(4))
	f.Add("Bearer", "a.b.c.d.e", ", Bearer x", uint8(4))

	w := newWorld(f, func(s *trust.Settings) { s.Replay = forgetful{} })
	keys := []struct{ kid, alg string }{{"ec256", "ES256"}, {"rsa", "RS256"}, {"rsa-foreign", "RS256"}}
	f.Fuzz(func(t *testing.T, header, payload, further string, signer uint8) {
		authorization := header + payload + further
		if int(signer) < len(keys) {
			input := b64([]byte(header)) + "." + b64([]byte(payload))
			authorization = "Bearer " + input + "." + b64(sign(keys[signer].kid, keys[signer].alg, input)) + further
		}
		admission, err := w.admit(authorization)
		if err != nil {
			denied := &trust.Denied{}
			if !errors.As(err, &denied) || denied.Reason == nil || !strings.HasPrefix(denied.Challenge(), "Bearer") || admission != (trust.Admission{}) {
				t.Fatalf("admission %+v, error %#v", admission, err)
			}
			return
		}
		if signer > 1 {
			t.Fatalf("signer %d was let in with %q", signer, authorization)
		}
		isRight(t, header, payload, keys[signer].kid, keys[signer].alg)
	})
}

// isRight holds by another reader of JSON that a token had to be let in.
func isRight(t *testing.T, header, payload, kid, alg string) {
	var h struct{ Typ, Alg, Kid string }
	var p struct {
		Iss, Jti string
		Aud      any
		Exp, Iat float64
		Nbf      float64
	}
	if err := errors.Join(json.Unmarshal([]byte(header), &h), json.Unmarshal([]byte(payload), &p)); err != nil {
		t.Fatalf("let in, and no JSON: %v", err)
	}
	audiences, _ := p.Aud.([]any)
	audiences = append(audiences, p.Aud)
	now := float64(start.Unix())
	if !strings.EqualFold(h.Typ, "JWT") || h.Alg != alg || h.Kid != kid ||
		p.Iss != ehr || p.Jti == "" || p.Exp+60 <= now || p.Iat > now+60 || p.Nbf > now+60 || p.Exp-p.Iat > 301 || p.Exp <= p.Iat ||
		!slices.ContainsFunc(audiences, func(one any) bool {
			url, _ := one.(string)
			squeezed := strings.ReplaceAll(strings.TrimRight(url, "/"), "/", "")
			return squeezed == strings.ReplaceAll(service, "/", "")
		}) {
		t.Fatalf("let in:\n%s\n%s", header, payload)
	}
}

func BenchmarkAdmit(b *testing.B) {
	w := newWorld(b, func(s *trust.Settings) { s.Replay = forgetful{} })
	for _, of := range []struct{ alg, kid string }{{"ES256", "ec256"}, {"ES384", "ec384"}, {"RS256", "rsa"}} {
		b.Run(of.alg, func(b *testing.B) {
			authorization := good().with(members{"alg": of.alg, "kid": of.kid}).bearer()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.admit(authorization); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("memory", func(b *testing.B) {
		memory := trust.NewReplayMemory(w.clock.now, 1<<30)
		jtis := make([]string, 1<<16)
		for i := range jtis {
			jtis[i] = base64.RawURLEncoding.EncodeToString([]byte{byte(i), byte(i >> 8), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
		}
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			_, _ = memory.Once(b.Context(), ehr, jtis[i%len(jtis)], start.Add(time.Minute))
			i++
		}
	})
}
