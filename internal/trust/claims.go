package trust

import (
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// longestClaim bounds what is kept of a token: its jti and its tenant.
const longestClaim = 256

// rounding is what the distance of exp from iat may be off by: clients round
// the one and not the other.
const rounding = time.Second

var errNotObject = errors.New("no JSON object")

// claims are those that CDS Hooks knows, as they came. They are not decoded by
// jwt, which takes numbers written as strings and the last of two members.
type claims struct {
	Issuer    jsontext.Value `json:"iss"`
	Audience  jsontext.Value `json:"aud"`
	Expires   jsontext.Value `json:"exp"`
	NotBefore jsontext.Value `json:"nbf"`
	IssuedAt  jsontext.Value `json:"iat"`
	ID        jsontext.Value `json:"jti"`
	Tenant    jsontext.Value `json:"tenant"`
}

// checked are claims that say what they must.
type checked struct {
	id, tenant string
	expires    time.Time
}

// check holds the claims of a token that its client has signed against the time
// and the URL that was called.
func (c *claims) check(now time.Time, s *Settings, audiences []string) (checked, error) {
	expires, has := moment(c.Expires)
	if !has {
		return checked{}, deny(ErrClaims, "exp must be there and be a number of seconds since 1970")
	}
	issued, has := moment(c.IssuedAt)
	if !has {
		return checked{}, deny(ErrClaims, "iat must be there and be a number of seconds since 1970")
	}
	id, isText := text(c.ID)
	if !isText || id == "" || len(id) > longestClaim {
		return checked{}, deny(ErrClaims, "jti must be there and be a string of 1 to 256 bytes")
	}
	if !expires.After(issued) {
		return checked{}, deny(ErrLifetime, "exp must be later than iat")
	}
	if expires.Sub(issued) > s.Lifetime+rounding {
		return checked{}, deny(ErrLifetime, "exp must not be later than "+s.Lifetime.String()+" after iat")
	}
	if !now.Before(expires.Add(s.Skew)) {
		return checked{}, deny(ErrExpired, "exp is past: check the clock")
	}
	if issued.After(now.Add(s.Skew)) {
		return checked{}, deny(ErrNotYet, "iat is in the future: check the clock")
	}
	if c.NotBefore != nil {
		from, has := moment(c.NotBefore)
		if !has {
			return checked{}, deny(ErrClaims, "nbf must be a number of seconds since 1970 where it is there")
		}
		if from.After(now.Add(s.Skew)) {
			return checked{}, deny(ErrNotYet, "nbf is in the future: check the clock")
		}
	}
	if !meets(c.Audience, audiences) {
		return checked{}, deny(ErrAudience, "aud must hold the URL that was called, as the public URL of this service has it")
	}
	tenant := ""
	if c.Tenant != nil {
		if tenant, isText = text(c.Tenant); !isText || len(tenant) > longestClaim {
			return checked{}, deny(ErrClaims, "tenant must be a string of at most 256 bytes where it is there")
		}
	}
	return checked{id: id, tenant: tenant, expires: expires}, nil
}

// lastSecond is the end of the year 9999. Beyond it times do not add up.
const lastSecond = 253402300799

// moment is the value of a NumericDate (RFC 7519, 2): seconds since 1970, which
// need not be whole.
func moment(raw jsontext.Value) (time.Time, bool) {
	var seconds float64
	if raw.Kind() != '0' || json.Unmarshal(raw, &seconds) != nil || seconds < 0 || seconds > lastSecond {
		return time.Time{}, false
	}
	whole, fraction := math.Modf(seconds)
	return time.Unix(int64(whole), int64(fraction*1e9)), true
}

// meets reports whether aud, a string or an array of strings (R189), holds one
// of the URLs.
func meets(raw jsontext.Value, audiences []string) bool {
	var stated []string
	switch raw.Kind() {
	case '"':
		one, _ := text(raw)
		stated = []string{one}
	case '[':
		if json.Unmarshal(raw, &stated) != nil {
			return false
		}
	default:
		return false
	}
	return slices.ContainsFunc(audiences, func(audience string) bool {
		return audience != "" && slices.ContainsFunc(stated, func(one string) bool { return folded(one) == folded(audience) })
	})
}

// folded is a URL with one slash where there are several and none at its end:
// clients put a base and a path together in both ways.
func folded(url string) string {
	scheme, rest, isURL := strings.Cut(url, "://")
	if !isURL {
		return url
	}
	var b strings.Builder
	b.WriteString(scheme + "://")
	last := byte(0)
	for i := range len(rest) {
		if rest[i] != '/' || last != '/' {
			b.WriteByte(rest[i])
		}
		last = rest[i]
	}
	return strings.TrimSuffix(b.String(), "/")
}
