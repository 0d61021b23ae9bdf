package hooks

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"rygkort/cards"
	"rygkort/fhir"
	"rygkort/internal/trust"
)

// Servers says which FHIR servers may be read when a call names them.
type Servers interface {
	// Reach is how far a server may be reached, by its service base.
	Reach(base *url.URL) fhir.Reach
}

// NoServers reads none.
type NoServers struct{}

// Reach is nowhere.
func (NoServers) Reach(*url.URL) fhir.Reach { return fhir.ReachNowhere }

// LoopbackServers reads those on this machine: the rule of demo mode, in which
// nobody is asked who they are.
type LoopbackServers struct{}

// Reach is this machine alone.
func (LoopbackServers) Reach(base *url.URL) fhir.Reach {
	if IsLoopback(base.Hostname()) {
		return fhir.ReachLoopback
	}
	return fhir.ReachNowhere
}

// ListedServers reads those that an operator wrote down, on whatever network
// they are: service bases without a slash at the end.
type ListedServers []string

// Reach is private for a base on the list, and nowhere else.
func (l ListedServers) Reach(base *url.URL) fhir.Reach {
	if slices.ContainsFunc(l, func(listed string) bool { return sameBase(listed, base) }) {
		return fhir.ReachPrivate
	}
	return fhir.ReachNowhere
}

// sameBase reports whether two service bases are one: scheme and host in any
// letter case, the default port written or not, a slash at the end or not.
func sameBase(listed string, base *url.URL) bool {
	other, err := url.Parse(listed)
	return err == nil && fhir.Origin(other) == fhir.Origin(base) &&
		strings.TrimRight(other.EscapedPath(), "/") == strings.TrimRight(base.EscapedPath(), "/")
}

// Client is a record system that may call.
type Client struct {
	Name        string
	Servers     Servers               // [NoServers] for none
	Language    cards.Language        // where a call asks for none of ours; empty: the service's
	Calls       *rate.Limiter         // nil: as many as it likes
	Understands []cards.Understanding // beyond CDS Hooks 2.0
	Certificate string                // a name in the certificate of its TLS connection; empty: none is asked for
}

// admit finds out who calls, and whether it may call now. audiences are the
// URLs for which the token may have been made. The name is that of a client
// whose token was good, whatever else was wrong.
func (s *Service) admit(ctx context.Context, r *http.Request, audiences ...string) (client *Client, name string, err error) {
	if s.config.Gate == nil {
		return &s.anyone, "", nil
	}
	admitted, err := s.config.Gate.Admit(ctx, strings.Join(r.Header.Values("Authorization"), ", "), audiences...)
	if err != nil {
		return nil, "", unauthenticated(err)
	}
	client = s.config.Clients[admitted.Client]
	if client == nil {
		return nil, "", fmt.Errorf("client %q is let in and not known", admitted.Client)
	}
	if client.Certificate != "" && !bears(r, client.Certificate) {
		return nil, client.Name, &Refusal{Reason: ErrUnauthenticated, Challenge: `Bearer error="invalid_token", error_description="the TLS certificate is another one"`, Issues: []Issue{{
			Code: "login", Text: "the TLS certificate is not this client's", Hint: "The connection has to be made with the certificate that is registered.",
		}}}
	}
	if now := s.config.Clock(); client.Calls != nil && !client.Calls.AllowN(now, 1) {
		return nil, client.Name, later(ErrTooMany, nextCall(client.Calls, now), "too many calls", "This client has a bound on its calls in a second.")
	}
	return client, client.Name, nil
}

// nextCall is how long it takes until there is room for a call.
func nextCall(calls *rate.Limiter, now time.Time) time.Duration {
	lacking := 1 - calls.TokensAt(now)
	return time.Duration(lacking / float64(calls.Limit()) * float64(time.Second))
}

// bears reports whether the certificate of a connection has a name.
func bears(r *http.Request, name string) bool {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return false
	}
	leaf := r.TLS.VerifiedChains[0][0]
	return leaf.Subject.CommonName == name || slices.Contains(leaf.DNSNames, name) ||
		slices.ContainsFunc(leaf.URIs, func(u *url.URL) bool { return u.String() == name })
}

// unauthenticated is the refusal of a caller whom the gate did not let in.
func unauthenticated(err error) error {
	var denied *trust.Denied
	switch {
	case errors.Is(err, trust.ErrReplayUnavailable):
		refusal := later(ErrBusy, time.Second, "it cannot be told whether the token was used before", "None is lost by calling again with a new token.")
		refusal.Detail = err.Error()
		return refusal
	case !errors.As(err, &denied):
		return err
	}
	return &Refusal{Reason: ErrUnauthenticated, Challenge: denied.Challenge(), Detail: denied.Error(), Issues: []Issue{{
		Code: "login", Text: denied.Description, Hint: "docs/integration.md says how a client signs its calls.",
	}}}
}

// later is the refusal of a call that may come again.
func later(reason error, after time.Duration, text, hint string) *Refusal {
	return &Refusal{
		Reason: reason, RetryAfter: max(1, int(math.Ceil(after.Seconds()))),
		Issues: []Issue{{Code: "throttled", Text: text, Hint: hint}},
	}
}

// DefaultInFlight is how many calls are answered at once where [Config] does
// not say. Most of them wait for a FHIR server.
const DefaultInFlight = 256

// largeBody is from how many bytes on a body is decoded beside few others: the
// small calls of other clients stay fast.
const largeBody = 1 << 20

// crowd bounds what is done at once.
type crowd struct {
	calls chan struct{}
	large chan struct{}
}

func newCrowd(inFlight int) crowd {
	return crowd{calls: make(chan struct{}, inFlight), large: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)-1))}
}

// enter lets a call in, or sends it away at once: to be late for everybody is
// worse than to answer some.
func (c crowd) enter() (leave func(), err error) {
	select {
	case c.calls <- struct{}{}:
		return func() { <-c.calls }, nil
	default:
		return nil, later(ErrBusy, time.Second, "too many calls at once", "None is lost by calling again.")
	}
}

// decode waits until a body of that size may be decoded. done may be called
// again.
func (c crowd) decode(ctx context.Context, size int) (done func(), err error) {
	if size < largeBody {
		return func() {}, nil
	}
	select {
	case c.large <- struct{}{}:
		return sync.OnceFunc(func() { <-c.large }), nil
	case <-ctx.Done():
		return nil, later(ErrBusy, time.Second, "too many large calls at once", "Send less in prefetch, or call again.")
	}
}
