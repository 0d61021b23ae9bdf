package trust

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Settings are what a [Gate] goes by. Of the durations zero means the default.
type Settings struct {
	Clients []Client
	Replay  Replay           // which tokens were used; outlives the Gate
	Clock   func() time.Time // now
	Roots   *x509.CertPool   // the authorities of key servers' certificates; nil: the system's
	Before  *Gate            // the one that this one follows: what it fetched of a client that keeps iss and jku stays; nil: none

	Skew         time.Duration // by which clocks may differ; a minute
	Lifetime     time.Duration // of a token, from iat to exp; 5 minutes
	Refresh      time.Duration // after which a key set is fetched anew; 15 minutes
	RefetchEvery time.Duration // at most is a client's key server asked; 30 seconds
	FetchTimeout time.Duration // for a key server's answer; 2 seconds
	KeepFor      time.Duration // the keys of a server that fails are used; 24 hours
}

// Gate lets clients in. It never changes what it goes by once made; any number
// of calls may share one.
type Gate struct {
	settings Settings
	clients  map[string]*client // by issuer
	fetcher  *fetcher
}

// Admission is a client that was let in.
type Admission struct {
	Client string // its name, by [Client.Name]
	Tenant string // that it calls for; may be empty
}

// New makes a gate for the clients. Its errors name the client and the field.
// Key sets are fetched when the first token needs them.
func New(settings Settings) (*Gate, error) {
	s := settings
	switch {
	case s.Clock == nil:
		return nil, errors.New("trust: a clock must be given")
	case s.Replay == nil:
		return nil, errors.New("trust: a memory of used tokens must be given")
	}
	for _, duration := range []struct {
		name  string
		value *time.Duration
		usual time.Duration
	}{
		{"skew", &s.Skew, time.Minute},
		{"lifetime", &s.Lifetime, 5 * time.Minute},
		{"refresh", &s.Refresh, 15 * time.Minute},
		{"refetch", &s.RefetchEvery, 30 * time.Second},
		{"fetch timeout", &s.FetchTimeout, 2 * time.Second},
		{"keep", &s.KeepFor, 24 * time.Hour},
	} {
		if *duration.value < 0 {
			return nil, fmt.Errorf("trust: %s: must not be negative", duration.name)
		}
		if *duration.value == 0 {
			*duration.value = duration.usual
		}
	}
	if s.KeepFor < s.Refresh {
		return nil, errors.New("trust: keep: must not be shorter than refresh")
	}
	g := &Gate{settings: s, clients: map[string]*client{}}
	g.fetcher = newFetcher(&g.settings)
	named := map[string]bool{}
	for i, configured := range settings.Clients {
		if configured.Name == "" {
			return nil, fmt.Errorf("trust: client %d: name: is missing", i+1)
		}
		made, err := newClient(configured)
		switch {
		case err != nil:
			return nil, fmt.Errorf("trust: client %q: %w", configured.Name, err)
		case named[made.Name]:
			return nil, fmt.Errorf("trust: client %q: name: another client has it", made.Name)
		case g.clients[made.Issuer] != nil:
			return nil, fmt.Errorf("trust: client %q: iss: client %q has it", made.Name, g.clients[made.Issuer].Name)
		}
		if made.given == nil {
			made.server = &keyServer{fetcher: g.fetcher, url: made.KeySetURL, failure: failedNever}
			if s.Before != nil {
				made.server.follow(s.Before.clients[made.Issuer])
			}
		}
		named[made.Name], g.clients[made.Issuer] = true, made
	}
	g.settings.Clients, g.settings.Before = nil, nil // neither is looked at again
	return g, nil
}

// Close gives up the fetches under way and waits for them. The keys that were
// had stay good for calls that are still here.
func (g *Gate) Close() { g.fetcher.close() }

// Admit lets a call in by the value of its header Authorization. Where there are
// several such headers, they are given joined by a comma, and refused. The
// audiences are the URLs that aud may say: of the endpoint that was called, as
// clients know it, and on feedback of the service too.
//
// The error is a [*Denied], for 401 with its Challenge, or [ErrReplayUnavailable].
// What a token claims is judged only after its signature, so that only a client
// learns what its token lacks; the token is used up after all else is good.
func (g *Gate) Admit(ctx context.Context, authorization string, audiences ...string) (Admission, error) {
	now := g.settings.Clock()
	t, err := readToken(authorization)
	if err != nil {
		return Admission{}, err
	}
	// R187, R195: only a configured client, and its keys only.
	c := g.clients[t.issuer]
	if c == nil {
		return Admission{}, distrust(ErrIssuer, "")
	}
	tenant, err := g.judge(ctx, c, t, now, audiences)
	if err != nil {
		var denied *Denied
		if errors.As(err, &denied) {
			denied.Client = c.Name
		}
		return Admission{}, err
	}
	return Admission{Client: c.Name, Tenant: tenant}, nil
}

// judge judges a token that names a client.
func (g *Gate) judge(ctx context.Context, c *client, t *token, now time.Time, audiences []string) (tenant string, err error) {
	// R185: another jku is refused and nothing is fetched. It would never be
	// fetched from: the address is the configured one.
	if t.header.keySetURL != "" && t.header.keySetURL != c.jku() {
		return "", distrust(ErrKeySetURL, "")
	}
	key, err := c.key(ctx, t.header.keyID, t.header.algorithm)
	if err != nil {
		return "", err
	}
	// R180.
	if err := key.verify(t.compact, t.header.algorithm); err != nil {
		return "", distrust(err, "")
	}
	said, err := t.claims.check(now, &g.settings, audiences)
	if err != nil {
		return "", err
	}
	// R193, R194.
	if len(c.Tenants) > 0 && !slices.Contains(c.Tenants, said.tenant) {
		return "", deny(ErrTenant, "tenant must be one that was agreed on")
	}
	// R192. Kept for longer than the token is good: time passes until Replay looks
	// at a clock, and that may be another machine's.
	first, err := g.settings.Replay.Once(ctx, c.Issuer, said.id, said.expires.Add(2*g.settings.Skew))
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: %w", ErrReplayUnavailable, err)
	case !first:
		return "", deny(ErrReplay, "a token of this jti has been used: each call needs a new one")
	}
	return said.tenant, nil
}

// key is the client's key for a token.
func (c *client) key(ctx context.Context, kid, algorithm string) (publicKey, error) {
	if c.given != nil {
		return c.given.find(kid, algorithm)
	}
	set, failure := c.server.keys(ctx, kid)
	if failure != "" && !set.has(kid) {
		return publicKey{}, &Denied{
			Reason:      ErrKeysUnavailable,
			Description: "the key set that might hold the key of this kid could not be had; try again in a minute",
			Detail:      failure,
		}
	}
	return set.find(kid, algorithm)
}
