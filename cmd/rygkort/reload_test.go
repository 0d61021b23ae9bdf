package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// hangUp sends this process SIGHUP, which the service under test has asked for,
// and waits until it has done what it does then.
func hangUp(t *testing.T, stderr *stream) {
	t.Helper()
	const taken, refused = `"msg":"configuration read anew"`, `"msg":"the new configuration is not taken`
	count := func() int { return strings.Count(stderr.String(), taken) + strings.Count(stderr.String(), refused) }
	before := count()
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	until(t, "a word about the new configuration", func() bool { return count() > before })
}

// asked starts a service with one client, whose key is the signer's.
func asked(t *testing.T, further ...string) (in folder, emr signer, url string, stderr *stream) {
	t.Helper()
	in, emr = newFolder(t), newSigner(t, "k1", issuer)
	in.write("emr.json", keySet(t, emr))
	config := in.write("rygkort.yaml", ehrConfig(freeAddress(t), further...))
	url, stderr, _ = serving(t, "serve", "--config", config)
	return in, emr, url, stderr
}

// call is a call with a new token, and its status.
func (s signer) call(t *testing.T, url string) int {
	t.Helper()
	return mustPost(t, http.DefaultClient, url+service, s.token(t, url+service, nil), request(caudaEquina)).status
}

func TestOnlyAConfiguredClientIsAnswered(t *testing.T) {
	_, emr, url, stderr := asked(t)
	if got := mustPost(t, http.DefaultClient, url+service, "", request(caudaEquina)); got.status != http.StatusUnauthorized || got.header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("without a token: %+v", got)
	}
	if got := newSigner(t, "k1", issuer).call(t, url); got != http.StatusUnauthorized {
		t.Errorf("a stranger: %d", got)
	}
	if got := emr.call(t, url); got != http.StatusOK {
		t.Errorf("the client: %d\n%s", got, stderr)
	}
	if status, _ := get(t, url+"/demo/fhir/metadata"); status != http.StatusNotFound {
		t.Errorf("demo patients beside clients: %d", status)
	}
	if !strings.Contains(stderr.String(), `"client":"emr"`) {
		t.Errorf("the client is not in the log:\n%s", stderr)
	}
}

// TestATokenMayBearTheAddressOfKeysThatAreInAFile: it is not fetched.
func TestATokenMayBearTheAddressOfKeysThatAreInAFile(t *testing.T) {
	in, emr := newFolder(t), newSigner(t, "k1", issuer)
	in.write("emr.json", keySet(t, emr))
	address := freeAddress(t)
	const listed = "https://ehr.example/jwks.json"
	config := in.write("rygkort.yaml", ehrConfig(address)+"    jku: "+listed+"\n")
	url, stderr, _ := serving(t, "serve", "--config", config)
	for jku, status := range map[string]int{listed: http.StatusOK, "https://ehr.example/other.json": http.StatusUnauthorized} {
		token := emr.token(t, url+service, map[string]any{"jku": jku})
		if got := mustPost(t, http.DefaultClient, url+service, token, request(caudaEquina)); got.status != status {
			t.Errorf("%s: %+v\n%s", jku, got, stderr)
		}
	}
}

func TestSIGHUPTakesNewKeysAndATokenStaysUsed(t *testing.T) {
	in, old, url, stderr := asked(t)
	used := old.token(t, url+service, nil)
	if got := mustPost(t, http.DefaultClient, url+service, used, request(caudaEquina)); got.status != http.StatusOK {
		t.Fatalf("%+v", got)
	}
	young := newSigner(t, "k2", issuer)
	in.write("emr.json", keySet(t, old, young))
	hangUp(t, stderr)
	if got := young.call(t, url); got != http.StatusOK {
		t.Errorf("the new key: %d\n%s", got, stderr)
	}
	if got := mustPost(t, http.DefaultClient, url+service, used, request(caudaEquina)); got.status != http.StatusUnauthorized || !strings.Contains(got.body, "jti has been used") {
		t.Errorf("a used token after the change: %+v", got)
	}
	in.write("emr.json", keySet(t, young))
	hangUp(t, stderr)
	if got := old.call(t, url); got != http.StatusUnauthorized {
		t.Errorf("the old key, taken away: %d", got)
	}
}

func TestAChangeOfAnyFileIsSeenWithoutASignal(t *testing.T) {
	in, _, url, stderr := asked(t)
	young := newSigner(t, "k2", issuer)
	in.write("emr.json", keySet(t, young))
	until(t, "the new key", func() bool { return young.call(t, url) == http.StatusOK })

	// A key file that comes later than the configuration that names it is read
	// when it is there.
	config := strings.Replace(ehrConfig(strings.TrimPrefix(url, "http://")), "emr.json", "later.json", 1)
	in.write("rygkort.yaml", config)
	until(t, "the refusal", func() bool { return strings.Contains(stderr.String(), "later.json: no such file") })
	late := newSigner(t, "k3", issuer)
	in.write("later.json", keySet(t, late))
	until(t, "the late key", func() bool { return late.call(t, url) == http.StatusOK })
}

func TestAWrongNewFileIsNamedAndTheOldOneStaysInForce(t *testing.T) {
	in, emr, url, stderr := asked(t, "language: da\n")
	good := ehrConfig(strings.TrimPrefix(url, "http://"), "language: en\n")
	for _, test := range []struct{ text, want string }{
		{"langage: en\n", "rygkort.yaml:1: langage: there is no such setting"},
		{"", "rygkort.yaml:1: holds no settings"},
		{strings.Replace(good, "emr.json", "none.json", 1), "none.json: no such file"},
		{strings.Replace(good, "iss: https", "iss: s3cret https", 1), "clients[0].iss: want a URI"},
		{good + "pathway: {valuesets: none}\n", "pathway.valuesets: " + in.path + "/none"},
	} {
		in.write("rygkort.yaml", test.text)
		hangUp(t, stderr)
		if log := stderr.String(); !strings.Contains(log, test.want) || strings.Contains(log, "s3cret") || strings.Contains(log, "configuration read anew") {
			t.Errorf("%q:\n%s", test.want, log)
		}
		if got := emr.call(t, url); got != http.StatusOK {
			t.Errorf("after %q: %d", test.want, got)
		}
	}
	in.write("rygkort.yaml", good)
	hangUp(t, stderr)
	answer := mustPost(t, http.DefaultClient, url+service, emr.token(t, url+service, nil), request(caudaEquina))
	if answer.header.Get("Content-Language") != "en" {
		t.Errorf("the right file afterwards: %+v", answer)
	}
}

// TestWhatCannotChangeIsNamedAndNothingOfItIsTaken: each file also asks for
// English, by which it would show that half of it was taken.
func TestWhatCannotChangeIsNamedAndNothingOfItIsTaken(t *testing.T) {
	in, emr, url, stderr := asked(t, "language: da\n")
	address := strings.TrimPrefix(url, "http://")
	good := ehrConfig(address, "language: en\n")
	in.write("server.pem", "")
	withoutClients := good[:strings.Index(good, "clients:")]
	for _, test := range []struct{ text, want string }{
		{strings.Replace(good, "listen: "+address, "listen: 127.0.0.1:1", 1), "listen cannot change"},
		{strings.Replace(good, "public_url: http://", "public_url: https://", 1), "public_url cannot change"},
		{strings.Replace(good, "public_url: http://", "public_url: https://", 1) + "tls: {cert: server.pem, key: server.pem}\n", "public_url, tls (on or off) cannot change"},
		{withoutClients, "clients (none or some) cannot change"},
		{good + "log: {format: text}\n", "log.format cannot change"},
	} {
		in.write("rygkort.yaml", test.text)
		hangUp(t, stderr)
		if log := stderr.String(); !strings.Contains(log, test.want+" while the service runs: start it anew") || strings.Contains(log, "read anew") {
			t.Errorf("%q:\n%s", test.want, log)
		}
		answer := mustPost(t, http.DefaultClient, url+service, emr.token(t, url+service, nil), request(caudaEquina))
		if answer.status != http.StatusOK || answer.header.Get("Content-Language") != "da" {
			t.Errorf("after %q: %+v", test.want, answer)
		}
		if got := mustPost(t, http.DefaultClient, url+service, "", request(caudaEquina)); got.status != http.StatusUnauthorized {
			t.Errorf("after %q a stranger gets %d", test.want, got.status)
		}
	}
}

func TestADemoDoesNotBecomeMoreThanADemoWhileItRuns(t *testing.T) {
	in := newFolder(t)
	address := freeAddress(t)
	config := in.write("rygkort.yaml", "listen: "+address+"\n")
	url, stderr, _ := serving(t, "serve", "--config", config)
	in.write("emr.json", keySet(t, newSigner(t, "k1", issuer)))
	in.write("rygkort.yaml", ehrConfig(address))
	hangUp(t, stderr)
	if !strings.Contains(stderr.String(), "public_url, clients (none or some) cannot change while the service runs") {
		t.Errorf("%s", stderr)
	}
	if status, _ := get(t, url+"/demo/fhir/metadata"); status != http.StatusOK {
		t.Errorf("the demo: %d", status)
	}
	in.write("rygkort.yaml", "listen: "+address+"\nlog: {level: debug}\nlanguage: en\n")
	hangUp(t, stderr)
	if answer := mustPost(t, http.DefaultClient, url+service, "", request(caudaEquina)); answer.header.Get("Content-Language") != "en" {
		t.Errorf("%+v", answer)
	}
	get(t, url+"/nowhere")
	if !strings.Contains(stderr.String(), `"level":"DEBUG"`) {
		t.Errorf("log.level did not change:\n%s", stderr)
	}
}

// TestNoCallIsLostOverManyChanges: calls go on while the configuration is read
// anew again and again, each time with another set of keys.
func TestNoCallIsLostOverManyChanges(t *testing.T) {
	in, emr, url, stderr := asked(t)
	done := make(chan struct{})
	var calls sync.WaitGroup
	var answered, lost atomic.Int32
	for range 4 {
		calls.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				answer, err := post(t, http.DefaultClient, url+service, emr.token(t, url+service, nil), request(caudaEquina))
				if err != nil || answer.status != http.StatusOK {
					lost.Add(1)
					t.Logf("%+v, %v", answer, err)
				}
				answered.Add(1)
			}
		})
	}
	for i := range 20 {
		set := []signer{emr}
		if i%2 == 0 {
			set = append(set, newSigner(t, "other", issuer))
		}
		in.write("emr.json", keySet(t, set...))
		hangUp(t, stderr)
	}
	close(done)
	calls.Wait()
	if lost.Load() > 0 || answered.Load() < 20 {
		t.Errorf("%d of %d calls were lost", lost.Load(), answered.Load())
	}
}

// TestACallThatWaitsForKeysIsAnsweredOverAChange: the fetch under way belongs to
// the old gate, which goes when its last call has gone.
func TestACallThatWaitsForKeysIsAnsweredOverAChange(t *testing.T) {
	emr := newSigner(t, "k1", issuer)
	arrived, let := make(chan struct{}), make(chan struct{})
	keys := keySet(t, emr)
	var fetches atomic.Int32
	keyServer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if fetches.Add(1) == 1 {
			close(arrived)
			<-let
		}
		_, _ = w.Write([]byte(keys))
	}))
	defer keyServer.Close()
	in := newFolder(t)
	address := freeAddress(t)
	text := strings.Replace(ehrConfig(address), "keys: emr.json", "jku: "+keyServer.URL+"/jwks.json", 1)
	url, stderr, _ := serving(t, "serve", "--config", in.write("rygkort.yaml", text))
	status := make(chan int, 1)
	go func() {
		answer, _ := post(t, http.DefaultClient, url+service, emr.token(t, url+service, nil), request(caudaEquina))
		status <- answer.status
	}()
	<-arrived
	in.write("rygkort.yaml", text+"    tenants: [t1]\n")
	hangUp(t, stderr)
	close(let)
	if got := <-status; got != http.StatusOK {
		t.Errorf("the call that waited: %d\n%s", got, stderr)
	}
	if got := emr.call(t, url); got != http.StatusUnauthorized {
		t.Errorf("a call without the tenant that is asked for now: %d", got)
	}
}

// TestAnOldGatesFetchesEnd: nobody waits for them any more.
func TestAnOldGatesFetchesEnd(t *testing.T) {
	ended := make(chan time.Duration, 10)
	keyServer := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		came := time.Now()
		select {
		case <-r.Context().Done():
			ended <- time.Since(came)
		case <-time.After(10 * time.Second):
		}
	}))
	defer keyServer.Close()
	in, emr := newFolder(t), newSigner(t, "k1", issuer)
	address := freeAddress(t)
	text := strings.Replace(ehrConfig(address, "deadline: 100ms\n"), "keys: emr.json", "jku: "+keyServer.URL+"/jwks.json", 1)
	url, stderr, _ := serving(t, "serve", "--config", in.write("rygkort.yaml", text))
	if got := emr.call(t, url); got != http.StatusUnauthorized {
		t.Errorf("a call whose time ran out before the keys came: %d", got)
	}
	began := time.Now()
	in.write("rygkort.yaml", text+"    tenants: [t1]\n")
	hangUp(t, stderr)
	if time.Since(began) > time.Second {
		t.Skip("this machine is too busy to tell what ended the fetch")
	}
	select {
	case took := <-ended:
		if took > 1900*time.Millisecond {
			t.Errorf("it took %s: the fetch ran into its own end", took)
		}
	case <-time.After(5 * time.Second):
		t.Error("the fetch goes on")
	}
}

// TestNothingIsLeftWhenItEnds: of each generation, with keys from a server.
func TestNothingIsLeftWhenItEnds(t *testing.T) {
	before := goleak.IgnoreCurrent()
	emr := newSigner(t, "k1", issuer)
	keys := keySet(t, emr)
	keyServer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(keys)) }))
	in := newFolder(t)
	text := strings.Replace(ehrConfig(freeAddress(t)), "keys: emr.json", "jku: "+keyServer.URL+"/jwks.json", 1)
	url, stderr, stop := serving(t, "serve", "--config", in.write("rygkort.yaml", text))
	for _, tenants := range []string{"[t1]", "[t2]", "[t1, t2]"} {
		in.write("rygkort.yaml", text+"    tenants: "+tenants+"\n")
		hangUp(t, stderr)
		token := emr.token(t, url+service, map[string]any{"tenant": strings.Trim(tenants, "[]")[:2]})
		if got := mustPost(t, http.DefaultClient, url+service, token, request(caudaEquina)); got.status != http.StatusOK {
			t.Errorf("%s: %+v", tenants, got)
		}
	}
	if code := stop(); code != exitDone {
		t.Errorf("exit %d\n%s", code, stderr)
	}
	keyServer.Close()
	http.DefaultClient.CloseIdleConnections()
	goleak.VerifyNone(t, before)
}

// TestKeysThatWereFetchedStayOverAChangeThatDoesNotTouchThem: the key server may
// be down just then.
func TestKeysThatWereFetchedStayOverAChangeThatDoesNotTouchThem(t *testing.T) {
	emr := newSigner(t, "k1", issuer)
	keys := keySet(t, emr)
	keyServer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(keys)) }))
	in := newFolder(t)
	text := strings.Replace(ehrConfig(freeAddress(t)), "keys: emr.json", "jku: "+keyServer.URL+"/jwks.json", 1)
	url, stderr, _ := serving(t, "serve", "--config", in.write("rygkort.yaml", text))
	if got := emr.call(t, url); got != http.StatusOK {
		t.Fatalf("%d\n%s", got, stderr)
	}
	keyServer.Close()
	for _, change := range []string{
		"    language: en\n",
		"    language: en\n    tenants: [t1]\n",
		"    language: en\n  - {name: other, iss: https://other.example, jku: https://other.example/jwks.json}\nlimits: {token_lifetime: 4m}\n",
	} {
		in.write("rygkort.yaml", text+change)
		hangUp(t, stderr)
		answer := mustPost(t, http.DefaultClient, url+service, emr.token(t, url+service, map[string]any{"tenant": "t1"}), request(caudaEquina))
		if answer.status != http.StatusOK || answer.header.Get("Content-Language") != "en" {
			t.Errorf("after %s: %+v\n%s", change, answer, stderr)
		}
	}
}
