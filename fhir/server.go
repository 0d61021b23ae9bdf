package fhir

import (
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
)

// Server is a FHIR server that one call may read from.
type Server struct {
	Base    *url.URL // the service base, http or https, without query and fragment
	Token   Token    // sent to the origin of Base and nowhere else; may be empty
	Lasts   *float64 // seconds for which Token is good, from the call on; nil: the call does not say
	Patient string   // the one to whom the token is bound; empty where it is to none
	Reach   Reach
}

// Reach says which addresses a server may have. Link-local, multicast and
// unspecified addresses and those of cloud metadata it may never have.
type Reach int

// The reaches. What nobody has looked at may not be read.
const (
	ReachNowhere  Reach = iota // it may not be read
	ReachPublic                // the internet
	ReachPrivate               // that, private networks and this machine: the server is listed by name
	ReachLoopback              // this machine alone: demo mode
)

// Token is an access token. It prints as nothing, in whatever way it is
// printed, so that no log and no error can hold one.
type Token struct{ secret string }

// NewToken is an access token as fhirAuthorization brought it.
func NewToken(secret string) Token { return Token{secret} }

// sendable reports whether a token can stand in a header.
func (t Token) sendable() bool {
	return !strings.ContainsFunc(t.secret, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// String says whether there is one.
func (t Token) String() string {
	if t.secret == "" {
		return "none"
	}
	return "set"
}

// Format says no more than String, by whatever verb.
func (t Token) Format(to fmt.State, _ rune) { _, _ = io.WriteString(to, t.String()) }

// LogValue says no more than String.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalText says no more than String.
func (t Token) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// Origin is scheme, host and port, by which two addresses are of one server
// (RFC 6454).
func Origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[strings.ToLower(u.Scheme)]
	}
	return strings.ToLower(u.Scheme) + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// query is the address under which a key is read: the query that discovery
// advertises, about this patient.
func (s *Server) query(template, patient string) *url.URL {
	path, search, _ := strings.Cut(strings.ReplaceAll(template, "{{context.patientId}}", patient), "?")
	// Not JoinPath, which would take the id ".." for the folder above.
	at := url.URL{Scheme: s.Base.Scheme, Host: s.Base.Host, RawQuery: search}
	at.Path = strings.TrimRight(s.Base.Path, "/") + "/" + path
	at.RawPath = strings.TrimRight(s.Base.EscapedPath(), "/") + "/" + path
	return &at
}
