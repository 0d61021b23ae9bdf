package trust

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// largestKeySet is what is read of a key server's answer, in bytes.
const largestKeySet = 256 << 10

// fetcher fetches key sets, for all clients of a [Gate].
type fetcher struct {
	http     *http.Client
	settings *Settings

	living context.Context // ends with the Gate
	end    context.CancelFunc
	mu     sync.Mutex
	closed bool
	tasks  sync.WaitGroup
}

func newFetcher(s *Settings) *fetcher {
	living, end := context.WithCancel(context.Background())
	return &fetcher{
		settings: s, living: living, end: end,
		http: &http.Client{
			// A redirect would lead to an address that nobody has configured.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: &http.Transport{
				TLSClientConfig:   &tls.Config{RootCAs: s.Roots, MinVersion: tls.VersionTLS12},
				ForceAttemptHTTP2: true,
				// Minutes pass from one fetch to the next.
				DisableKeepAlives:      true,
				DisableCompression:     true,
				MaxResponseHeaderBytes: 64 << 10,
			},
		},
	}
}

// run does a task beside the calls, unless the Gate is closed.
func (f *fetcher) run(task func(context.Context)) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	f.tasks.Go(func() { task(f.living) })
	return true
}

// close gives up what is being fetched, and waits for it.
func (f *fetcher) close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.end()
	f.tasks.Wait()
}

// Why a key set was not had. No address is in them.
const (
	failedNever     = "it was never fetched"
	failedTime      = "the key server did not answer in time"
	failedTrust     = "no trusted connection to the key server"
	failedReach     = "the key server could not be reached"
	failedSize      = "the key server's answer is too large"
	failedBreak     = "the key server's answer broke off"
	failedUnread    = "the key server's answer could not be read"
	failedGaveUp    = "the call ended before the key server answered"
	failedStatus    = "the key server answered %d"
	failedContent   = "the key server's answer is of no use: %v"
	acceptedContent = "application/jwk-set+json, application/json"
)

// fetch gets a key set once, or says why not.
func (f *fetcher) fetch(ctx context.Context, url string) (set *keySet, failure string) {
	// Whatever a key server sends, it takes nobody down.
	defer func() {
		if recover() != nil {
			set, failure = nil, failedUnread
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, f.settings.FetchTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, failedReach
	}
	request.Header.Set("Accept", acceptedContent)
	response, err := f.http.Do(request)
	if err != nil {
		var untrusted *tls.CertificateVerificationError
		var unknown x509.UnknownAuthorityError
		switch {
		case ctx.Err() != nil:
			return nil, failedTime
		case errors.As(err, &untrusted) || errors.As(err, &unknown):
			return nil, failedTrust
		}
		return nil, failedReach
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Sprintf(failedStatus, response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, largestKeySet+1))
	switch {
	case len(body) > largestKeySet:
		return nil, failedSize
	case ctx.Err() != nil: // also where all of it came, and too late
		return nil, failedTime
	case err != nil:
		return nil, failedBreak
	}
	set, err = readKeySet(body)
	if err != nil {
		return nil, fmt.Sprintf(failedContent, err)
	}
	return set, ""
}

// keyServer is where one client publishes its keys, and what was had from there.
//
// What was had is asked for anew when three quarters of Refresh are over, while
// calls go on with it: in a service that is in use nobody waits. When it was not
// tried for all of Refresh, the next call waits for it, so that a key that was
// taken away is good no longer. A server that fails does not lock out the keys
// that it had, until KeepFor is over. A kid that is not in the set is worth one
// try in RefetchEvery, whoever asks and how often, beside those that renew the set.
type keyServer struct {
	*fetcher
	url string

	mu      sync.Mutex
	set     *keySet
	had     time.Time // when set was asked for
	tried   time.Time // when a set was last asked for
	missed  time.Time // when a set was last asked for because of an unknown kid
	failure string    // of the last try; empty if it was had
	flight  *flight   // the try that is under way
}

// flight is one try, shared by all calls that need it.
type flight struct {
	done    chan struct{}
	awaited bool // also by calls whose key is known
}

// follow takes over what was had of a client whose keys were at the same address.
// A try that is under way there is not waited for: the next call begins another.
func (s *keyServer) follow(before *client) {
	if before == nil || before.server == nil || before.server.url != s.url {
		return
	}
	old := before.server
	old.mu.Lock()
	defer old.mu.Unlock()
	s.set, s.had, s.tried, s.missed, s.failure = old.set, old.had, old.tried, old.missed, old.failure
	if old.flight != nil {
		s.tried, s.missed = old.had, time.Time{}
	}
}

// keys are the client's keys, as new as they need to be for that kid, and why
// the last try to get them failed, if it did.
func (s *keyServer) keys(ctx context.Context, kid string) (set *keySet, failure string) {
	s.mu.Lock()
	now := s.settings.Clock()
	set = s.kept(now)
	known := set.has(kid)
	rested := func(since time.Time) bool { return since.IsZero() || now.Sub(since) >= s.settings.RefetchEvery }
	switch {
	case s.flight != nil:
	case set != nil && !known && s.failure == "" && rested(s.missed):
		s.missed = now
		s.start(now)
	case (!known || now.Sub(s.had) >= s.settings.Refresh/4*3) && rested(s.tried) && rested(s.missed):
		s.start(now)
	}
	under := s.flight
	s.mu.Unlock()

	inTime := true
	if under != nil && (!known || under.awaited) {
		select {
		case <-under.done:
		case <-ctx.Done():
			inTime = false
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !inTime {
		return s.kept(now), failedGaveUp
	}
	return s.kept(now), s.failure
}

// kept is the set, unless it is too old to be used at all.
func (s *keyServer) kept(now time.Time) *keySet {
	if now.Sub(s.had) >= s.settings.KeepFor {
		return nil
	}
	return s.set
}

// start begins a try. It does not end with the call that needs it first: others
// may wait for it too.
func (s *keyServer) start(now time.Time) {
	begun := &flight{done: make(chan struct{}), awaited: now.Sub(s.tried) >= s.settings.Refresh}
	started := s.run(func(ctx context.Context) {
		defer close(begun.done)
		set, failure := s.fetch(ctx, s.url)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.flight, s.failure = nil, failure
		if failure == "" {
			s.set, s.had = set, now
		}
	})
	if started {
		s.flight, s.tried = begun, now
	}
}
