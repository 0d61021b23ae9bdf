package hooks_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/time/rate"

	"rygkort/cards"
	"rygkort/fhir"
	"rygkort/hooks"
)

// comeBack is after how many seconds a call may come again, which is a whole
// number above zero (RFC 9110, 10.2.3).
func comeBack(t testing.TB, got http.Header) int {
	t.Helper()
	if !regexp.MustCompile(`^[1-9]\d*$`).MatchString(got.Get("Retry-After")) {
		t.Errorf("Retry-After is %q", got.Get("Retry-After"))
	}
	seconds, _ := strconv.Atoi(got.Get("Retry-After"))
	return seconds
}

// TestAClientWhoCallsTooOftenWaitsAndNobodyElseDoes goes through two calls at
// once and one a second.
func TestAClientWhoCallsTooOftenWaitsAndNobodyElseDoes(t *testing.T) {
	g := guard(t)
	g.emr.Calls, g.clinic.Calls = rate.NewLimiter(1, 2), rate.NewLimiter(.1, 1)
	emr := func() *httptest.ResponseRecorder { return g.call(g.ticket().bearer()) }
	clinic := func() *httptest.ResponseRecorder { return g.call(g.clinicTicket().bearer()) }

	same(t, "two at once", []int{200, 200}, []int{emr().Code, emr().Code})
	g.log.Reset()
	third := emr()
	wantTurnedAway(t, third, http.StatusTooManyRequests, "too many calls")
	same(t, "come back after", 1, comeBack(t, third.Header()))
	if !strings.Contains(g.log.String(), "client=emr") {
		t.Errorf("the log does not say who called too often: %s", g.log)
	}
	same(t, "the other client", http.StatusOK, clinic().Code)
	same(t, "the other client comes back after", 10, comeBack(t, clinic().Header()))

	g.clock.pass(time.Second)
	same(t, "a second later", []int{200, 429}, []int{emr().Code, emr().Code})
	same(t, "the other client, a second later", 9, comeBack(t, clinic().Header()))
}

// TestWhoIsRefusedUsesUpNobodysCalls: neither a bad token, which anybody can
// make, nor a call that came too early.
func TestWhoIsRefusedUsesUpNobodysCalls(t *testing.T) {
	g := guard(t)
	g.emr.Calls = rate.NewLimiter(1, 1)
	for range 5 {
		same(t, "expired", http.StatusUnauthorized, g.call(g.ticket().with(map[string]any{"exp": 0}).bearer()).Code)
	}
	same(t, "after bad tokens", http.StatusOK, g.call(g.ticket().bearer()).Code)

	var early sync.WaitGroup
	for range 50 {
		token := g.ticket().bearer()
		early.Go(func() {
			request := httptest.NewRequest(http.MethodPost, "/cds-services/"+viewService, http.NoBody)
			request.Header.Set("Authorization", token)
			recorder := httptest.NewRecorder()
			g.handler.ServeHTTP(recorder, request)
			if recorder.Code != http.StatusTooManyRequests {
				t.Errorf("too early: status %d", recorder.Code)
			}
		})
	}
	early.Wait()
	g.clock.pass(time.Second)
	same(t, "a second after a crowd that came too early", http.StatusOK, g.call(g.ticket().bearer()).Code)
}

// slowBody is one of which nothing comes until it is let come.
type slowBody struct {
	begun chan struct{}
	come  chan struct{}
	once  sync.Once
	rest  io.Reader
}

func newSlowBody(body string) *slowBody {
	return &slowBody{begun: make(chan struct{}), come: make(chan struct{}), rest: strings.NewReader(body)}
}

func (s *slowBody) Read(to []byte) (int, error) {
	s.once.Do(func() { close(s.begun) })
	<-s.come
	return s.rest.Read(to)
}

// occupy begins so many calls, which are in the house until they are let go;
// letGo returns their statuses.
func (p *practice) occupy(places int) (letGo func() []int) {
	statuses := make(chan int, places)
	var bodies []*slowBody
	for range places {
		body := newSlowBody(viewCall(prefetched(backPain)))
		bodies = append(bodies, body)
		go func() {
			statuses <- p.send(http.MethodPost, "/cds-services/"+viewService, body, "Content-Type", "application/json").Code
		}()
		<-body.begun
	}
	return func() []int {
		var got []int
		for _, body := range bodies {
			close(body.come)
			got = append(got, <-statuses)
		}
		return got
	}
}

// TestAFullHouseSendsAwayAtOnce: the call that does not fit is answered while
// those that fill the house are still there, and when they have left all is as
// before.
func TestAFullHouseSendsAwayAtOnce(t *testing.T) {
	p := newPractice(t, func(c *hooks.Config) { c.InFlight, c.Deadline = 3, time.Hour })
	for range 2 {
		letGo := p.occupy(3)
		body := &unread{}
		fourth := p.send(http.MethodPost, "/cds-services/"+viewService, body, "Content-Type", "application/json")
		wantTurnedAway(t, fourth, http.StatusServiceUnavailable, "too many calls at once")
		comeBack(t, fourth.Header())
		same(t, "reads of its body", 0, body.reads)
		same(t, "pages are still shown", http.StatusOK, p.ask(http.MethodGet, "/healthz").Code)
		same(t, "the three", []int{200, 200, 200}, letGo())
		same(t, "afterwards", http.StatusOK, p.post(viewService, viewCall(prefetched(backPain))).Code)
	}
}

// TestEveryWayOutLeavesThePlaceFree: in a house with one place each call finds
// it, whatever became of the one before.
func TestEveryWayOutLeavesThePlaceFree(t *testing.T) {
	failing := true
	g := guard(t, func(c *hooks.Config) {
		c.InFlight, c.MaxBody = 1, 3<<20
		c.Renderer = cards.New(cards.Settings{NewUUID: func() string {
			if failing {
				panic("Jens Hansen")
			}
			return uuid.NewString()
		}})
	})
	large := strings.Repeat(" ", 2<<20)
	good := viewCall(prefetched(backPain, caudaEquina))
	for range 3 {
		for _, test := range []struct {
			body   string
			status int
		}{
			{large + good, 500},
			{good, 500},
			{large + `{}`, 400},
			{large + large, 413},
			{large + viewCall("{}"), 412},
			{`{`, 400},
			{at("https://ehr.example/fhir", good), 403},
			{large + viewCall(prefetched(hypertension)), 200},
		} {
			got := g.post(viewService, test.body, "Authorization", g.ticket().bearer())
			same(t, test.body[max(0, len(test.body)-20):], test.status, got.Code)
		}
		same(t, "a bad token", 401, g.call("Bearer x").Code)
	}
	failing = false
	same(t, "at last", 200, g.call(g.ticket().bearer()).Code)
}

// TestWhatIsWrongFirstIsSaid holds the order: whether there is room, who calls,
// how often, and only then what the call holds.
func TestWhatIsWrongFirstIsSaid(t *testing.T) {
	g := guard(t, func(c *hooks.Config) { c.InFlight, c.MaxBody, c.Deadline = 1, 1, time.Hour })
	g.emr.Calls = rate.NewLimiter(1, 1)
	const tooLong = "too long"
	post := func(token string) int {
		return g.post(viewService, tooLong, "Authorization", token).Code
	}
	body := newSlowBody("")
	within := make(chan int)
	token := g.clinicTicket().bearer()
	go func() {
		within <- g.send(http.MethodPost, "/cds-services/"+viewService, body, "Content-Type", "application/json", "Authorization", token).Code
	}()
	<-body.begun
	kept := g.ticket().bearer()
	same(t, "no room, a bad token", http.StatusServiceUnavailable, post("Bearer x"))
	same(t, "no room, a good token", http.StatusServiceUnavailable, post(kept))
	close(body.come)
	same(t, "who was there", http.StatusBadRequest, <-within)

	same(t, "the token is not used up by that, nor is the call: too large", http.StatusRequestEntityTooLarge, post(kept))
	same(t, "a bad token and too often", http.StatusUnauthorized, post("Bearer x"))
	same(t, "too often and too large", http.StatusTooManyRequests, post(g.ticket().bearer()))
}

// TestABodyThatIsAnnouncedTooLargeIsNotRead: one that is not, is read to the
// bound and no further (see TestABodyIsBoundedHoweverItComes).
func TestABodyThatIsAnnouncedTooLargeIsNotRead(t *testing.T) {
	p := newPractice(t, func(c *hooks.Config) { c.MaxBody = 100 })
	body := &unread{}
	request := httptest.NewRequest(http.MethodPost, "/cds-services/"+viewService, body)
	request.ContentLength = 101
	recorder := httptest.NewRecorder()
	p.handler.ServeHTTP(recorder, request)
	wantTurnedAway(t, recorder, http.StatusRequestEntityTooLarge, "the body is too large")
	same(t, "reads", 0, body.reads)

	const sent = 1 << 20
	unannounced := strings.NewReader(strings.Repeat(" ", sent))
	refused(t, p.send(http.MethodPost, "/cds-services/"+viewService, io.MultiReader(unannounced)), http.StatusRequestEntityTooLarge)
	if read := sent - unannounced.Len(); read > 1000 {
		t.Errorf("%d bytes were read of one that is not announced", read)
	}
}

// TestASlowBodyIsCutWhenTheCallsTimeIsOver: who sends half of a call and waits
// does not keep a place for longer than a call may take.
func TestASlowBodyIsCutWhenTheCallsTimeIsOver(t *testing.T) {
	p := newPractice(t, func(c *hooks.Config) { c.Deadline, c.InFlight = 100*time.Millisecond, 1 })
	front := httptest.NewServer(p.handler)
	defer front.Close()
	body := viewCall(prefetched(backPain))
	conn, err := net.Dial("tcp", front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /cds-services/%s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", viewService, len(body), body[:20])
	got, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(got), "HTTP/1.1 400") || !strings.Contains(string(got), "the body broke off") {
		t.Errorf("%v: %s", err, got)
	}
	same(t, "afterwards", http.StatusOK, postTo(t, front, body).StatusCode)
}

// TestAConnectionIsGoodForTheNextCall: what bounds the body of one call does not
// end the connection, nor the next call on it.
func TestAConnectionIsGoodForTheNextCall(t *testing.T) {
	p := newPractice(t, func(c *hooks.Config) { c.Deadline = 50 * time.Millisecond })
	front := httptest.NewServer(p.handler)
	defer front.Close()
	for range 2 {
		same(t, "status", http.StatusOK, postTo(t, front, viewCall(prefetched(backPain))).StatusCode)
		time.Sleep(80 * time.Millisecond) // longer than the call had
	}
}

// large is a call of more than a megabyte.
func large(call string) string { return strings.Repeat(" ", 1<<20) + call }

// TestSmallCallsAreAnsweredBesideLargeOnes holds large calls at a barrier while
// they are being answered: as many as there are processors but one. Further
// large calls wait for them; small ones do not.
func TestSmallCallsAreAnsweredBesideLargeOnes(t *testing.T) {
	places := max(1, runtime.GOMAXPROCS(0)-1)
	reached, barrier := make(chan struct{}, 100), make(chan struct{})
	var held atomic.Bool
	p := newPractice(t, func(c *hooks.Config) {
		c.Deadline = time.Hour
		c.Renderer = cards.New(cards.Settings{PublicURL: publicURL, NewUUID: func() string {
			if held.Load() {
				reached <- struct{}{}
				<-barrier
			}
			return uuid.NewString()
		}})
	})
	acute, quiet := large(viewCall(prefetched(backPain, caudaEquina))), viewCall(prefetched(hypertension))
	held.Store(true)
	statuses := make(chan int, places+2)
	post := func(body string) { statuses <- p.post(viewService, body).Code }
	for range places {
		go post(acute)
	}
	for range places {
		<-reached
	}
	further := newSlowBody(large(quiet))
	go func() {
		statuses <- p.send(http.MethodPost, "/cds-services/"+viewService, further, "Content-Type", "application/json").Code
	}()
	<-further.begun
	close(further.come)
	for range 20 {
		same(t, "a small one", http.StatusOK, p.post(viewService, quiet).Code)
	}
	select {
	case <-statuses:
		t.Error("a further large call was answered beside the others")
	default:
	}
	held.Store(false)
	close(barrier)
	for range places + 1 {
		same(t, "a large one", http.StatusOK, <-statuses)
	}
}

// TestALargeCallThatWaitsInVainMayComeAgain: behind those that are held.
func TestALargeCallThatWaitsInVainMayComeAgain(t *testing.T) {
	places := max(1, runtime.GOMAXPROCS(0)-1)
	reached, barrier := make(chan struct{}, 100), make(chan struct{})
	p := newPractice(t, func(c *hooks.Config) {
		c.Deadline = 50 * time.Millisecond
		c.Renderer = cards.New(cards.Settings{PublicURL: publicURL, NewUUID: func() string {
			reached <- struct{}{}
			<-barrier
			return uuid.NewString()
		}})
	})
	statuses := make(chan int, places)
	for range places {
		go func() { statuses <- p.post(viewService, large(viewCall(prefetched(backPain, caudaEquina)))).Code }()
	}
	for range places {
		<-reached
	}
	got := p.post(viewService, large(viewCall(prefetched(hypertension))))
	wantTurnedAway(t, got, http.StatusServiceUnavailable, "too many large calls at once")
	comeBack(t, got.Header())
	close(barrier)
	for range places {
		same(t, "a large one", http.StatusOK, <-statuses)
	}
	same(t, "afterwards", http.StatusOK, p.post(viewService, large(viewCall(prefetched(hypertension)))).Code)
}

// TestALargeCallThatWaitsForAServerHoldsUpNoOther: its body is decoded by then.
// Else one client's slow server would keep all clients from sending much.
func TestALargeCallThatWaitsForAServerHoldsUpNoOther(t *testing.T) {
	asked, let := make(chan struct{}, 1000), make(chan struct{})
	e := newEHR(t, func(w http.ResponseWriter, _ *http.Request) {
		asked <- struct{}{}
		<-let
		say(w, bundle())
	})
	p := newPractice(t, reading(t, fhir.Limits{}, nil), func(c *hooks.Config) { c.Deadline = 5 * time.Second })
	waiting := 1 + runtime.GOMAXPROCS(0)
	statuses := make(chan int, waiting)
	for range waiting {
		go func() { statuses <- p.post(viewService, large(at(e.URL, viewCall(onlyWithout("conditions"))))).Code }()
	}
	for range waiting {
		select {
		case <-asked:
		case <-time.After(3 * time.Second):
			t.Error("a large call waits for another's server")
		}
	}
	same(t, "another large call", http.StatusOK, p.post(viewService, large(viewCall(prefetched(hypertension)))).Code)
	close(let)
	for range waiting {
		same(t, "the waiting ones", http.StatusOK, <-statuses)
	}
}
