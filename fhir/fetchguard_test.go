package fhir_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rygkort/fhir"
	"rygkort/pathway"
)

// reasonFor asks for the conditions alone and tells why they were not had.
func reasonFor(ctx context.Context, t testing.TB, f *fhir.Fetcher, server *fhir.Server) string {
	t.Helper()
	r := ask(ctx, t, f, server, pathway.FromConditions)
	fetched := oneFetch(t, r).Reason
	gap := ""
	if len(r.Chart.Gaps) > 0 {
		gap = r.Chart.Gaps[0].Reason
	}
	same(t, "fetch and gap say the same", gap, fetched)
	return gap
}

// answersWith is a server that answers everything with a status that a test can
// change.
func answersWith(t testing.TB, first int) (*ehr, *atomic.Int64) {
	t.Helper()
	var now atomic.Int64
	now.Store(int64(first))
	return newEHR(t, func(w http.ResponseWriter, _ *http.Request) {
		if now.Load() == http.StatusOK {
			say(w, pageOf(t, ""))
			return
		}
		w.WriteHeader(int(now.Load()))
	}), &now
}

// A server that fails again and again is left alone for a while, and then asked
// again. Another one is asked all the time.
func TestAServerThatFailsIsLeftAloneForAWhile(t *testing.T) {
	t.Parallel()
	failing, now := answersWith(t, http.StatusInternalServerError)
	other, _ := answersWith(t, http.StatusOK)
	f := fetcher(t, fhir.Limits{})
	count := 0
	for ; count < 50; count++ {
		if reasonFor(t.Context(), t, f, failing.server()) == fhir.ReasonResting {
			break
		}
	}
	if count < 5 || count > 10 {
		t.Errorf("it was left alone after %d failures", count)
	}
	before := len(failing.asked())
	began := time.Now()
	for range 20 {
		same(t, "reason", fhir.ReasonResting, reasonFor(t.Context(), t, f, failing.server()))
		same(t, "the other's reason", "", reasonFor(t.Context(), t, f, other.server()))
	}
	same(t, "reads while it rests", before, len(failing.asked()))

	now.Store(http.StatusOK)
	for reasonFor(t.Context(), t, f, failing.server()) == fhir.ReasonResting {
		if time.Since(began) > 20*time.Second {
			t.Fatal("it is not asked again")
		}
		time.Sleep(50 * time.Millisecond)
	}
	if rested := time.Since(began); rested < 3*time.Second {
		t.Errorf("it was asked again after %s", rested)
	}
	for range 20 {
		same(t, "once it works again", "", reasonFor(t.Context(), t, f, failing.server()))
	}
}

// What opens the breaker: the server's own failures. What does not: that a
// token is not good, that nothing is there, that an address is refused, that a
// caller hung up or left no time.
func TestWhatCountsAsTheServersFailure(t *testing.T) {
	t.Parallel()
	background := func() (context.Context, context.CancelFunc) { return context.WithCancel(context.Background()) }
	within := func(d time.Duration) func() (context.Context, context.CancelFunc) {
		return func() (context.Context, context.CancelFunc) { return context.WithTimeout(context.Background(), d) }
	}
	hungUp := func() (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(10*time.Millisecond, cancel)
		return ctx, cancel
	}
	answering := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	silent := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		ctx    func() (context.Context, context.CancelFunc)
		change func(*fhir.Server)
		reason string
		counts bool
	}{
		"500":                          {answer: answering(500, ""), reason: fhir.ReasonStatus + "500", counts: true},
		"503":                          {answer: answering(503, ""), reason: fhir.ReasonStatus + "503", counts: true},
		"429":                          {answer: answering(429, ""), reason: fhir.ReasonStatus + "429", counts: true},
		"a connection that breaks off": {answer: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, reason: fhir.ReasonUnreachable, counts: true},
		"no answer in fair time":       {answer: silent, ctx: within(600 * time.Millisecond), reason: fhir.ReasonTooLate, counts: true},
		"no answer in no time":         {answer: silent, ctx: within(10 * time.Millisecond), reason: fhir.ReasonTooLate},
		"no time at all":               {answer: silent, ctx: within(0), reason: fhir.ReasonTooLate},
		"a caller who hung up":         {answer: silent, ctx: hungUp, reason: fhir.ReasonGivenUp},
		"401":                          {answer: answering(401, ""), reason: fhir.ReasonStatus + "401"},
		"403":                          {answer: answering(403, ""), reason: fhir.ReasonStatus + "403"},
		"404":                          {answer: answering(404, ""), reason: fhir.ReasonStatus + "404"},
		"410":                          {answer: answering(410, ""), reason: fhir.ReasonStatus + "410"},
		"a refused address":            {answer: answering(200, ""), change: func(s *fhir.Server) { s.Reach = fhir.ReachPublic }, reason: fhir.ReasonAddress},
		"a token that cannot be sent":  {answer: answering(200, ""), change: func(s *fhir.Server) { s.Token = fhir.NewToken("a\nb") }, reason: fhir.ReasonToken},
		"what is no JSON":              {answer: answering(200, "<html>"), reason: fhir.ReasonNotJSON},
		"a redirect elsewhere": {answer: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		}, reason: fhir.ReasonElsewhere},
		"an OperationOutcome": {answer: answering(200, `{"resourceType":"OperationOutcome","issue":[{"severity":"error"}]}`), reason: fhir.ReasonFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEHR(t, c.answer)
			f, server := fetcher(t, fhir.Limits{}), e.server()
			if c.change != nil {
				c.change(server)
			}
			if c.ctx == nil {
				c.ctx = background
			}
			resting := false
			for range 12 {
				ctx, cancel := c.ctx()
				reason := reasonFor(ctx, t, f, server)
				cancel()
				if resting = resting || reason == fhir.ReasonResting; !resting {
					same(t, "reason", c.reason, reason)
				}
			}
			same(t, "it is left alone", c.counts, resting)
		})
	}
}

// Never more than Limits.Reads of one server at once, over all calls. Who waits
// too long is told so, and that is no failure of the server.
func TestNoMoreReadsAtOnceThanTheLimit(t *testing.T) {
	t.Parallel()
	const limit, calls = 4, 20
	var now, most atomic.Int64
	e := newEHR(t, func(w http.ResponseWriter, _ *http.Request) {
		for n, old := now.Add(1), most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		time.Sleep(2 * time.Millisecond)
		now.Add(-1)
		say(w, pageOf(t, ""))
	})
	f := fetcher(t, fhir.Limits{Reads: limit})
	var all sync.WaitGroup
	for range calls {
		all.Go(func() { wantNoGaps(t, ask(t.Context(), t, f, e.server(), fhir.Keys()...)) })
	}
	all.Wait()
	if got := most.Load(); got > limit || got < 2 {
		t.Errorf("%d at once, want at most %d", got, limit)
	}
	same(t, "reads", calls*len(fhir.Keys()), len(e.asked()))
}

func TestWhoWaitsTooLongForAReadIsTold(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	var once sync.Once
	e := newEHR(t, func(w http.ResponseWriter, _ *http.Request) {
		once.Do(func() { close(entered) })
		<-leave
		say(w, pageOf(t, ""))
	})
	f := fetcher(t, fhir.Limits{Reads: 1})
	var first sync.WaitGroup
	first.Go(func() { same(t, "the first", "", reasonFor(t.Context(), t, f, e.server())) })
	<-entered
	var others sync.WaitGroup
	for range 12 {
		others.Go(func() { same(t, "the others", fhir.ReasonBusy, reasonFor(t.Context(), t, f, e.server())) })
	}
	others.Wait()
	close(leave)
	first.Wait()
	same(t, "and then it is free", "", reasonFor(t.Context(), t, f, e.server()))
}

// A second try is made where the server names a time for it that is in time,
// and where it names none, not.
func TestASecondTryIsMadeWhereTheServerNamesATimeForIt(t *testing.T) {
	t.Parallel()
	inASecond := func() string { return time.Now().Add(time.Second).UTC().Format(http.TimeFormat) }
	longAgo := func() string { return time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat) }
	tomorrow := func() string { return time.Now().Add(24 * time.Hour).UTC().Format(http.TimeFormat) }
	just := func(text string) func() string { return func() string { return text } }
	for name, c := range map[string]struct {
		status int
		after  func() string
		fails  int // how often before it answers
		want   string
		asks   int
	}{
		"429, in a second":              {429, just("1"), 1, "", 2},
		"503, in a second":              {503, just("1"), 1, "", 2},
		"429, at once":                  {429, just("0"), 2, "", 3},
		"429, by date":                  {429, inASecond, 1, "", 2},
		"429, by a date that is over":   {429, longAgo, 1, "", 2},
		"429, after the deadline":       {429, just("30"), 9, fhir.ReasonStatus + "429", 1},
		"429, tomorrow":                 {429, tomorrow, 9, fhir.ReasonStatus + "429", 1},
		"429, in a number beyond all":   {429, just("99999999999999999999"), 9, fhir.ReasonStatus + "429", 1},
		"429, before it was asked":      {429, just("-1"), 9, fhir.ReasonStatus + "429", 1},
		"429, no time":                  {429, just(""), 9, fhir.ReasonStatus + "429", 1},
		"429, no time that can be read": {429, just("soon"), 9, fhir.ReasonStatus + "429", 1},
		"503, no time":                  {503, just(""), 9, fhir.ReasonStatus + "503", 1},
		"429 for ever":                  {429, just("0"), 99, fhir.ReasonStatus + "429", 3},
		"500, in a second":              {500, just("1"), 9, fhir.ReasonStatus + "500", 1},
		"403, in a second":              {403, just("1"), 9, fhir.ReasonStatus + "403", 1},
	} {
		for _, redirected := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, redirected %v", name, redirected), func(t *testing.T) {
				t.Parallel()
				var failed atomic.Int64
				e := newEHR(t, func(w http.ResponseWriter, r *http.Request) {
					switch {
					case redirected && r.URL.RawQuery == "patient=p1":
						http.Redirect(w, r, "?there", http.StatusFound)
					case failed.Add(1) <= int64(c.fails):
						if after := c.after(); after != "" {
							w.Header().Set("Retry-After", after)
						}
						w.WriteHeader(c.status)
					default:
						say(w, pageOf(t, "", retention()))
					}
				})
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				began := time.Now()
				same(t, "reason", c.want, reasonFor(ctx, t, fetcher(t, fhir.Limits{}), e.server()))
				asks := c.asks
				if redirected {
					asks++
				}
				same(t, "asked", asks, len(e.asked()))
				if took := time.Since(began); took > 8*time.Second {
					t.Errorf("it took %s", took)
				}
			})
		}
	}
}

// A server that puts all six reads of a call off at once has not failed: the
// second tries are made. One that puts them off for ever has.
func TestReadsThatArePutOffDoNotCountUntilTheyAreGivenUp(t *testing.T) {
	t.Parallel()
	var failed sync.Map
	var forever atomic.Bool
	e := newEHR(t, func(w http.ResponseWriter, r *http.Request) {
		if _, again := failed.LoadOrStore(r.RequestURI, true); !again || forever.Load() {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		say(w, pageOf(t, ""))
	})
	f := fetcher(t, fhir.Limits{})
	for range 3 {
		failed.Clear()
		wantNoGaps(t, ask(t.Context(), t, f, e.server(), fhir.Keys()...))
	}
	forever.Store(true)
	for range 3 {
		ask(t.Context(), t, f, e.server(), fhir.Keys()...)
	}
	same(t, "reason", fhir.ReasonResting, reasonFor(t.Context(), t, f, e.server()))
}

// A time that is named for a second try is waited for no longer than the call
// goes on.
func TestAWaitForASecondTryEndsWithTheCall(t *testing.T) {
	t.Parallel()
	ctx, hangUp := context.WithCancel(t.Context())
	e := newEHR(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
		time.AfterFunc(20*time.Millisecond, hangUp)
	})
	began := time.Now()
	same(t, "reason", fhir.ReasonGivenUp, reasonFor(ctx, t, fetcher(t, fhir.Limits{}), e.server()))
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}

// Limits.Bytes are those of all keys together, which are read at once: here each
// of six answers fits, and is read but for its last byte before any is whole.
func TestTheBytesOfAllKeysTogetherAreBounded(t *testing.T) {
	body := pageOf(t, "", retention())
	for short, want := range map[int]bool{0: false, 1: true} {
		var begun sync.WaitGroup
		begun.Add(6)
		e := newEHR(t, func(w http.ResponseWriter, _ *http.Request) {
			say(w, body[:len(body)-1])
			w.(http.Flusher).Flush()
			begun.Done()
			begun.Wait()
			time.Sleep(100 * time.Millisecond) // so that all are being read
			fmt.Fprint(w, body[len(body)-1:])
		})
		r := ask(t.Context(), t, fetcher(t, fhir.Limits{Bytes: 6*len(body) - short}), e.server(), fhir.Keys()...)
		failed := false
		for _, fetch := range r.Fetches {
			failed = failed || fetch.Reason == fhir.ReasonManyBytes
		}
		same(t, fmt.Sprintf("%d bytes fewer than there are: told", short), want, failed)
	}
}

// A server that takes the connection and says nothing is let go of when the
// call has ended, not kept for ever.
func TestAServerThatDoesNotShakeHandsIsLetGo(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	closed := make(chan struct{})
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, conn)
		conn.Close()
		close(closed)
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	server := &fhir.Server{Base: address(t, "https://"+listener.Addr().String()+"/fhir"), Reach: fhir.ReachLoopback}
	same(t, "reason", fhir.ReasonTooLate, reasonFor(ctx, t, fetcher(t, fhir.Limits{}), server))
	select {
	case <-closed:
	case <-time.After(20 * time.Second):
		t.Error("the connection is still open")
	}
}

// secure is a server with a certificate, and a fetcher that trusts it.
func secure(t testing.TB, http2 bool, answer http.HandlerFunc) (*ehr, *fhir.Fetcher) {
	t.Helper()
	e := unstarted(t, answer)
	e.EnableHTTP2 = http2
	e.StartTLS()
	roots := x509.NewCertPool()
	roots.AddCert(e.Certificate())
	f := fhir.NewFetcher(fhir.Limits{}, roots, time.Now)
	t.Cleanup(f.Close)
	return e, f
}

func TestTrustedConnectionsAreReadOver(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		e, f := secure(t, http2, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.RawQuery == "patient=p1" {
				say(w, pageOf(t, "?page=2"))
				return
			}
			say(w, pageOf(t, ""))
		})
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for _, fetch := range ask(t.Context(), t, f, e.server(), fhir.Keys()...).Fetches {
					same(t, "reason", "", fetch.Reason)
				}
			})
		}
		all.Wait()
		for _, ask := range e.asks {
			if ask.ProtoMajor == 2 != http2 {
				t.Errorf("HTTP/%d was spoken, HTTP/2 is offered: %v", ask.ProtoMajor, http2)
			}
			same(t, "Authorization", "Bearer "+bearer, ask.Header.Get("Authorization"))
		}
	}
}

// A connection over which nothing comes any more is given up, and the next call
// makes another. Over HTTP/2 nobody else would notice.
func TestADeadConnectionIsNotReadFromAgain(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprint("HTTP/2: ", http2), func(t *testing.T) {
			t.Parallel()
			e, f := secure(t, http2, func(w http.ResponseWriter, _ *http.Request) { say(w, pageOf(t, "")) })
			between := newWire(t, e.Listener.Addr().String())
			server := e.server()
			server.Base.Host = between.Addr().String()
			same(t, "at first", "", reasonFor(t.Context(), t, f, server))
			between.cut()
			for began := time.Now(); ; {
				ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
				reason := reasonFor(ctx, t, f, server)
				cancel()
				if reason == "" {
					break
				}
				if time.Since(began) > 20*time.Second {
					t.Fatalf("it is read from still: %s", reason)
				}
			}
		})
	}
}

// wire passes connections on, until those that are there are cut: their ends
// stay open, and nothing comes through.
type wire struct {
	net.Listener
	mu  sync.Mutex
	off chan struct{}
}

func newWire(t testing.TB, to string) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Listener: listener, off: make(chan struct{})}
	var all sync.WaitGroup
	end := make(chan struct{})
	t.Cleanup(func() {
		close(end)
		listener.Close()
		all.Wait()
	})
	pass := func(to, from net.Conn, off chan struct{}) {
		block := make([]byte, 4096)
		for {
			n, err := from.Read(block)
			if err != nil {
				to.Close()
				return
			}
			select {
			case <-off:
				continue
			default:
			}
			if _, err := to.Write(block[:n]); err != nil {
				return
			}
		}
	}
	all.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				near.Close()
				continue
			}
			w.mu.Lock()
			off := w.off
			w.mu.Unlock()
			all.Go(func() { pass(far, near, off) })
			all.Go(func() { pass(near, far, off) })
			all.Go(func() {
				<-end
				near.Close()
				far.Close()
			})
		}
	})
	return w
}

func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.off)
	w.off = make(chan struct{})
}

// Why there is no trusted connection is told from why there is none at all.
func TestWhatGoesWrongWithTrustIsToldApart(t *testing.T) {
	good := func(w http.ResponseWriter, _ *http.Request) { say(w, pageOf(t, "")) }
	plain := newEHR(t, good)
	trusted, f := secure(t, false, good)
	old := unstarted(t, good)
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11} //nolint:gosec // refused, as is to be seen
	old.StartTLS()
	known := unstarted(t, good)
	known.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}
	known.TLS.Certificates = trusted.TLS.Certificates
	known.StartTLS()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	secureAt := func(host string) *fhir.Server {
		return &fhir.Server{Base: address(t, "https://"+host+"/fhir"), Reach: fhir.ReachLoopback}
	}
	for name, c := range map[string]struct {
		server *fhir.Server
		by     *fhir.Fetcher
		reason string
	}{
		"a certificate of nobody we trust":     {trusted.server(), fetcher(t, fhir.Limits{}), fhir.ReasonUntrusted},
		"a certificate of another name":        {secureAt("localhost:" + port(t, trusted)), f, fhir.ReasonUntrusted},
		"plain HTTP where TLS is spoken to it": {secureAt(plain.Listener.Addr().String()), f, fhir.ReasonUntrusted},
		"TLS where plain HTTP is spoken to it": {&fhir.Server{Base: address(t, "http://"+trusted.Listener.Addr().String()+"/fhir"), Reach: fhir.ReachLoopback}, f, fhir.ReasonStatus + "400"},
		"a version of TLS that is given up":    {old.server(), f, fhir.ReasonUntrusted},
		"a server that asks who we are":        {known.server(), f, fhir.ReasonUntrusted},
		"nobody listens":                       {secureAt(closed.Addr().String()), f, fhir.ReasonUnreachable},
		"a name that is no name":               {secureAt("ehr.invalid"), resolved(t), fhir.ReasonUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			same(t, "reason", c.reason, reasonFor(t.Context(), t, c.by, c.server))
		})
	}
}

// resolved is a fetcher for which no name has an address.
func resolved(t testing.TB) *fhir.Fetcher {
	t.Helper()
	f := fetcher(t, fhir.Limits{})
	f.Resolve(&net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
	}})
	return f
}
