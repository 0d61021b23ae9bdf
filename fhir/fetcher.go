package fhir

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"rygkort/pathway"
)

// Why a read of the client's FHIR server did not give all that was asked for.
// As with the other reasons, nothing in them is the patient's, and no address.
const (
	ReasonNotAllowed   = "the server may not be read"
	ReasonOtherPatient = "the token is for another patient"
	ReasonToken        = "the token cannot be sent"
	ReasonRunOut       = "the token has run out"
	ReasonTooLate      = "the server did not answer in time"
	ReasonGivenUp      = "the client gave the call up"
	ReasonUnreachable  = "the server could not be reached"
	ReasonUntrusted    = "no trusted connection to the server"
	ReasonAddress      = "the server has an address that may not be connected to"
	ReasonBrokeOff     = "the answer broke off"
	ReasonStatus       = "the server answered "
	ReasonNotJSON      = "not JSON"
	ReasonRedirected   = "redirected too often"
	ReasonElsewhere    = "led to another server"
	ReasonRound        = "the pages go round"
	ReasonManyPages    = "more pages than are read"
	ReasonManyEntries  = "more entries than are read"
	ReasonManyBytes    = "more bytes than are read"
	ReasonResting      = "the server failed too often and is left alone for a while"
	ReasonBusy         = "too many reads of the server at once"
)

// Limits bound what one call may read. Zero means the default.
type Limits struct {
	Pages     int // of a key; 20
	Entries   int // of a key; 5,000
	Bytes     int // of all keys; 16 MiB
	Redirects int // of a read; 3
	Reads     int // of one server at once, over all calls; 64
}

func (l Limits) orDefault() Limits {
	for _, limit := range []struct {
		value *int
		usual int
	}{{&l.Pages, 20}, {&l.Entries, 5000}, {&l.Bytes, 16 << 20}, {&l.Redirects, 3}, {&l.Reads, 64}} {
		if *limit.value <= 0 {
			*limit.value = limit.usual
		}
	}
	return l
}

// When a server is left alone, and for how long: what fails so often answers
// nobody, and each try costs a GP the wait for it.
const (
	failuresOf10 = 5
	restFor      = 5 * time.Second
	fairTime     = 500 * time.Millisecond // a read that was given less and ran out of time says nothing of the server
)

// connectFor bounds the making of a connection, and of the trust in it. It goes
// on when the read that wanted it is given up, for the next one.
const connectFor = 3 * time.Second

// Fetcher reads clients' FHIR servers. It never changes what it reads with
// once made; any number of calls may share one.
type Fetcher struct {
	limits     Limits
	clock      func() time.Time
	transports map[Reach]*http.Transport
	templates  map[pathway.Source]string // by which absent keys are read

	mu     sync.Mutex
	guards map[string]guard // by origin
}

// NewFetcher makes a fetcher. roots are the authorities that servers'
// certificates may be of; nil: the system's. clock is now, by which the
// deadlines of calls are set.
func NewFetcher(limits Limits, roots *x509.CertPool, clock func() time.Time) *Fetcher {
	f := &Fetcher{
		limits: limits.orDefault(), clock: clock, templates: Templates(),
		transports: map[Reach]*http.Transport{}, guards: map[string]guard{},
	}
	for _, reach := range []Reach{ReachPublic, ReachPrivate, ReachLoopback} {
		f.transports[reach] = &http.Transport{
			// No proxy: what is connected to would be its address.
			DialContext:         reach.dialer().DialContext,
			TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: connectFor,
			ForceAttemptHTTP2:   true,
			// A connection on which nothing comes any more is not read from again.
			HTTP2:               &http.HTTP2Config{SendPingTimeout: restFor, PingTimeout: connectFor},
			MaxIdleConns:        100,
			MaxIdleConnsPerHost: 16,
			MaxConnsPerHost:     f.limits.Reads,
			IdleConnTimeout:     time.Minute,
			// A header larger than this tells nothing of a patient.
			MaxResponseHeaderBytes: 64 << 10,
		}
	}
	return f
}

// dialer connects to where that reach goes.
func (r Reach) dialer() *net.Dialer {
	return &net.Dialer{Control: r.guard, Timeout: connectFor, KeepAlive: 30 * time.Second}
}

// Close lets go of the connections that wait for a further read.
func (f *Fetcher) Close() {
	for _, transport := range f.transports {
		transport.CloseIdleConnections()
	}
}

var (
	errElsewhere  = errors.New(ReasonElsewhere)
	errRunOut     = errors.New(ReasonRunOut)
	errRedirected = errors.New(ReasonRedirected)
	errRound      = errors.New(ReasonRound)
	errManyBytes  = errors.New(ReasonManyBytes)
	errNotJSON    = errors.New(ReasonNotJSON)
	errBrokeOff   = errors.New(ReasonBrokeOff)
)

// answered is what a server said to one read.
type answered struct {
	status     int      // 0 where there was no answer
	at         *url.URL // where it was found, behind redirects
	body       []byte
	retryAfter time.Duration // as the server asks; negative where it does not, or where it would be too late
	fault      bool          // the server's own, for which the next read would fail too
}

// statusError is an answer that is not 200.
type statusError struct{ status int }

func (e statusError) Error() string { return ReasonStatus + strconv.Itoa(e.status) }

// guard is what all reads of a server go through.
type guard struct {
	breaker failsafe.Executor[*answered] // around all tries: a read that was put off and then came has not failed
	tries   failsafe.Executor[*answered] // a bound on those at once, and another where the server names a time for it
}

// get reads one address, behind what guards its server.
func (f *Fetcher) get(ctx context.Context, in *fetching, at *url.URL) (*answered, error) {
	guard := f.guarded(in.server.Base)
	read, err := guard.breaker.Get(func() (last *answered, err error) {
		_, err = guard.tries.WithContext(ctx).Get(func() (*answered, error) {
			var err error
			last, err = f.getOnce(ctx, in, at)
			at = last.at // a second try goes to where the first one ended
			return last, err
		})
		return last, err
	})
	switch {
	case err != nil:
		return read, err
	case read.status != http.StatusOK:
		return read, statusError{read.status}
	default:
		return read, nil
	}
}

// guarded is the guard of a server.
func (f *Fetcher) guarded(base *url.URL) guard {
	f.mu.Lock()
	defer f.mu.Unlock()
	name := Origin(base)
	known, found := f.guards[name]
	if !found {
		if len(f.guards) >= 1000 { // only in demo mode can a caller name so many
			clear(f.guards)
		}
		known = guard{
			breaker: failsafe.With[*answered](circuitbreaker.NewBuilder[*answered]().
				HandleIf(isServerFailure).
				WithFailureThresholdRatio(failuresOf10, 10).WithDelay(restFor).
				Build()),
			tries: failsafe.With[*answered](
				retrypolicy.NewBuilder[*answered]().
					HandleIf(func(a *answered, err error) bool { return err == nil && a.retryAfter >= 0 }).
					WithMaxRetries(2).ReturnLastFailure().
					WithDelayFunc(func(exec failsafe.ExecutionAttempt[*answered]) time.Duration { return exec.LastResult().retryAfter }).
					Build(),
				bulkhead.NewBuilder[*answered](uint(f.limits.Reads)).WithMaxWaitTime(time.Second).Build(), //nolint:gosec // orDefault sees to it that it is positive
			),
		}
		f.guards[name] = known
	}
	return known
}

// isServerFailure reports whether a read failed for a reason for which the next
// would too. One that was given up while it was put off says nothing.
func isServerFailure(a *answered, err error) bool {
	return a != nil && a.fault && !errors.Is(err, context.Canceled)
}

// getOnce sends one GET and reads its answer to the end.
func (f *Fetcher) getOnce(ctx context.Context, in *fetching, at *url.URL) (read *answered, err error) {
	read = &answered{at: at, retryAfter: -1}
	deadline, bounded := ctx.Deadline()
	fair := !bounded || deadline.Sub(f.clock()) >= fairTime
	defer func() { read.fault = faultOf(read.status, err, fair) }()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return read, err
	}
	request.Header.Set("Accept", "application/fhir+json")
	request.Header.Set("User-Agent", "Rygkort")
	switch until := in.until; {
	case in.server.Token.secret == "":
	case !until.IsZero() && !f.clock().Before(until): // R68
		return read, errRunOut
	default:
		request.Header.Set("Authorization", "Bearer "+in.server.Token.secret)
	}
	response, err := in.client.Do(request)
	if response != nil {
		read.status = response.StatusCode // with an error too, where a redirect is not followed
	}
	if err != nil {
		return read, err
	}
	defer func() { _ = response.Body.Close() }()
	read.at, read.retryAfter = response.Request.URL, f.retryAfter(ctx, response)
	if read.status != http.StatusOK {
		return read, nil // what an error says beside its status helps nobody here
	}
	if !saysJSON(response.Header.Get("Content-Type")) {
		return read, errNotJSON
	}
	if response.ContentLength > int64(in.room(0)) {
		return read, errManyBytes
	}
	read.body, err = io.ReadAll(counted{response.Body, in})
	switch {
	case errors.Is(err, errManyBytes):
		return read, err
	case err != nil && ctx.Err() != nil:
		return read, ctx.Err()
	case err != nil:
		return read, errBrokeOff
	}
	return read, nil
}

// faultOf reports whether what came of a read is the server's fault. That a
// token is not good, a caller hung up or left no time, or an address is
// refused, says nothing of the server.
func faultOf(status int, err error, fair bool) bool {
	if err == nil {
		return status >= http.StatusInternalServerError || status == http.StatusTooManyRequests
	}
	for _, other := range []error{context.Canceled, errAddress, errRunOut, errElsewhere, errRedirected, errRound, errManyBytes, errNotJSON} {
		if errors.Is(err, other) {
			return false
		}
	}
	return fair || !errors.Is(err, context.DeadlineExceeded)
}

// saysJSON reports whether a Content-Type is JSON's. Some servers leave it out.
func saysJSON(contentType string) bool {
	if contentType == "" {
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json"))
}

// retryAfter is how long the server asks to wait (RFC 9110, 10.2.3), where
// there is still an answer in time after it.
func (f *Fetcher) retryAfter(ctx context.Context, response *http.Response) time.Duration {
	if response.StatusCode != http.StatusTooManyRequests && response.StatusCode != http.StatusServiceUnavailable {
		return -1
	}
	said := response.Header.Get("Retry-After")
	wait := time.Duration(-1)
	if seconds, err := strconv.ParseUint(said, 10, 16); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if date, err := http.ParseTime(said); err == nil {
		wait = max(date.Sub(f.clock()), 0)
	}
	if deadline, bounded := ctx.Deadline(); bounded && wait >= deadline.Sub(f.clock()) {
		return -1
	}
	return wait
}

// reasonOf is an error of a read as a reason, which holds no address.
func reasonOf(err error) string {
	var status statusError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var network *net.OpError
	var timed net.Error
	switch {
	case errors.As(err, &status):
		return status.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return ReasonTooLate
	case errors.Is(err, context.Canceled):
		return ReasonGivenUp
	case errors.Is(err, errAddress):
		return ReasonAddress
	case errors.Is(err, circuitbreaker.ErrOpen):
		return ReasonResting
	case errors.Is(err, bulkhead.ErrFull):
		return ReasonBusy
	case errors.As(err, &certificate), errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch),
		errors.As(err, &network) && (network.Op == "remote error" || network.Op == "local error"): // as crypto/tls says it
		return ReasonUntrusted
	case errors.As(err, &timed) && timed.Timeout():
		return ReasonTooLate
	}
	for _, known := range []error{errRunOut, errElsewhere, errRedirected, errRound, errManyBytes, errNotJSON, errBrokeOff} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return ReasonUnreachable
}
