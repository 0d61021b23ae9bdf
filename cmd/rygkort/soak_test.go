//go:build soak || ledger

package main_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

const (
	callers    = 8
	thinks     = 40 * time.Millisecond // a caller, on average, between two calls
	mostGrowth = 1.2                   // of memory, from the warm-up to the end
	soakMark   = "Zq9soak"             // stands in records and tokens, and must not in the log
	soakView   = "low-back-pain-patient-view"
)

// TestSoak loads the real program for SOAK, two minutes where it does not say,
// with good and hostile calls side by side: each good one is answered with its
// rules, each hostile one with the status that is its own, and what the program
// holds of memory and goroutines does not grow.
func TestSoak(t *testing.T) {
	lasts := 2 * time.Minute
	if said := os.Getenv("SOAK"); said != "" {
		var err error
		if lasts, err = time.ParseDuration(said); err != nil {
			t.Fatal(err)
		}
	}
	s := start(t)
	s.knock(t)
	goroutines := s.metric(t, "go_goroutines")

	ctx, stop := context.WithTimeout(t.Context(), lasts)
	defer stop()
	var crowd sync.WaitGroup
	for range callers {
		crowd.Go(func() { s.caller(ctx, t) })
	}
	// Used tokens are remembered for some two minutes, and until then there are
	// more of them from second to second.
	warm, end := s.watch(ctx, lasts/2)
	crowd.Wait()

	s.client.CloseIdleConnections()
	s.ehr.CloseClientConnections()
	after := 0.0
	for range 100 {
		if after = s.metric(t, "go_goroutines"); after <= goroutines+5 {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	if inFlight := s.metric(t, "rygkort_calls_in_flight"); inFlight != 0 {
		t.Errorf("%v calls are still being answered", inFlight)
	}
	s.knock(t)

	for _, name := range slices.Sorted(maps.Keys(s.counts)) {
		t.Logf("%6d  %s", s.counts[name], name)
	}
	for _, one := range s.stories() {
		if s.counts[one.name] == 0 {
			t.Errorf("%s: was never tried", one.name)
		}
	}
	t.Logf("memory: %.1f MB after the warm-up, %.1f MB at the end (%+.0f %%)", warm/1e6, end/1e6, (end/warm-1)*100)
	t.Logf("goroutines: %v before, %v after", goroutines, after)
	if end > warm*mostGrowth {
		t.Error("memory grows")
	}
	if after > goroutines+5 {
		t.Error("goroutines grow")
	}
	s.stop(t)
}

// soak is the program, whom it serves and what came of their calls.
type soak struct {
	client  *http.Client
	command *exec.Cmd
	base    string
	ehr     *httptest.Server
	fhir    string // a service base of it, which is listed
	log     string // where its log goes
	keys    map[string]*ecdsa.PrivateKey
	today   string

	mu     sync.Mutex
	counts map[string]int
}

// start builds the program and starts it with two clients.
func start(t *testing.T) *soak {
	t.Helper()
	folder := t.TempDir()
	s := &soak{
		keys: map[string]*ecdsa.PrivateKey{}, counts: map[string]int{}, log: filepath.Join(folder, "log"), today: time.Now().Format(time.DateOnly),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: callers, ExpectContinueTimeout: time.Minute}, Timeout: 30 * time.Second},
	}
	program := filepath.Join(folder, "rygkort")
	if said, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	s.ehr = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		resources := ""
		if strings.HasSuffix(r.URL.Path, "/Condition") {
			resources = s.caudaEquina()
		}
		_, _ = io.WriteString(w, bundle(resources))
	}))
	t.Cleanup(s.ehr.Close)
	s.fhir = s.ehr.URL + "/" + soakMark

	for _, name := range []string{"emr", "clinic", "stranger"} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		s.keys[name] = key
		point, err := key.PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		set := fmt.Sprintf(`{"keys":[{"kty":"EC","crv":"P-256","kid":%q,"x":%q,"y":%q}]}`, name, b64(point[1:33]), b64(point[33:]))
		write(t, filepath.Join(folder, name+".json"), set)
	}
	address := freeAddress(t)
	s.base = "http://" + address
	write(t, filepath.Join(folder, "rygkort.yaml"), fmt.Sprintf(`listen: %s
public_url: %s
ledger: sqlite:rygkort.db
deadline: 1s
log: {level: debug, format: json}
limits: {body: 2097152}
clients:
  - {name: emr, iss: https://emr.example, keys: emr.json, fhir_servers: [%q]}
  - {name: clinic, iss: https://clinic.example, keys: clinic.json, rate: 5}
`, address, s.base, s.fhir))

	log, err := os.Create(s.log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	s.command = exec.Command(program, "serve", "--config", filepath.Join(folder, "rygkort.yaml"))
	s.command.Stderr = log
	if err := s.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.command.Process.Kill() })
	for range 200 {
		if response, err := s.client.Get(s.base + "/readyz"); err == nil {
			response.Body.Close()
			return s
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("it does not answer: %s", s.logged(t))
	return nil
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s *soak) logged(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(s.log)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// stop ends the program as a supervisor does, and reads its log.
func (s *soak) stop(t *testing.T) {
	t.Helper()
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.command.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	log := s.logged(t)
	for _, never := range []string{`"panic"`, soakMark, "192970008", "eyJ"} {
		if i := strings.Index(log, never); i >= 0 {
			t.Errorf("%s stands in the log: …%s…", never, log[max(0, i-200):min(len(log), i+200)])
		}
	}
	t.Logf("log: %d lines", strings.Count(log, "\n"))
}

// story is a kind of call. One without a status is answered as it is answered.
type story struct {
	name   string
	weight int
	status []int
	rules  []string // of all cards of a good one
	send   func(s *soak) (*http.Response, error)
}

func (s *soak) stories() []story {
	acute := func() string { return viewCall(s.allOf(s.caudaEquina())) }
	nothing := []string{}
	posts := func(client string, body func() string, changes ...func(h, p map[string]any)) func(*soak) (*http.Response, error) {
		return func(s *soak) (*http.Response, error) { return s.post(soakView, body(), s.token(client, changes...)) }
	}
	as := func(name string, value any) func(h, p map[string]any) {
		return func(h, p map[string]any) {
			if _, inHeader := h[name]; inHeader {
				h[name] = value
				return
			}
			p[name] = value
		}
	}
	late := time.Now().Add(-time.Hour).Unix()
	return []story{
		{"good: acute", 20, []int{200}, []string{"R-A1"}, posts("emr", acute)},
		{"good: nothing about the back", 10, []int{200}, nothing, posts("emr", func() string { return viewCall(s.allOf(otherThing)) })},
		{"good: 1.5 MB", 3, []int{200}, []string{"R-A1"}, posts("emr", func() string { return strings.Repeat(" ", 3<<19) + acute() })},
		{"good: read from the FHIR server", 10, []int{200}, []string{"R-A1"}, posts("emr", func() string { return s.at(s.fhir, viewCall("{}")) })},
		{"good or too often: clinic", 10, []int{200, 429}, []string{"R-A1"}, posts("clinic", acute)},
		{"no token", 5, []int{401}, nil, func(s *soak) (*http.Response, error) { return s.post(soakView, acute(), "") }},
		{"garbage", 5, []int{401}, nil, func(s *soak) (*http.Response, error) {
			return s.post(soakView, acute(), "Bearer "+rand.Text()+"."+rand.Text()+"."+rand.Text())
		}},
		{"expired", 5, []int{401}, nil, posts("emr", acute, as("iat", late), as("exp", late+60))},
		{"for elsewhere", 5, []int{401}, nil, posts("emr", acute, as("aud", "https://elsewhere.example"))},
		{"a stranger's key", 5, []int{401}, nil, posts("stranger", acute, as("kid", "emr"), as("iss", "https://emr.example"))},
		{"another jku", 5, []int{401}, nil, posts("emr", acute, func(h, _ map[string]any) { h["jku"] = s.fhir })},
		{"alg none", 5, []int{401}, nil, posts("emr", acute, as("alg", "none"))},
		{"used before", 5, []int{401}, nil, func(s *soak) (*http.Response, error) {
			token := s.token("emr")
			if first, err := s.post(soakView, acute(), token); err == nil {
				first.Body.Close()
			}
			return s.post(soakView, acute(), token)
		}},
		{"a server that is not listed", 5, []int{403}, nil, posts("emr", func() string { return s.at("https://"+soakMark+".example/fhir", viewCall("{}")) })},
		{"another service", 3, []int{404}, nil, func(s *soak) (*http.Response, error) { return s.post(soakMark, acute(), s.token("emr")) }},
		{"another method", 3, []int{405}, nil, func(s *soak) (*http.Response, error) {
			return s.client.Get(s.base + "/cds-services/" + soakView)
		}},
		{"nothing that is needed", 5, []int{412}, nil, posts("emr", func() string { return viewCall("{}") })},
		{"no JSON", 5, []int{400}, nil, posts("emr", func() string { return acute() + soakMark })},
		{"nested without end", 3, []int{400}, nil, posts("emr", func() string { return strings.Repeat(`{"a":`, 100_000) })},
		{"too large", 2, []int{413}, nil, func(s *soak) (*http.Response, error) {
			return s.post(soakView, strings.Repeat(" ", 3<<20), s.token("emr"), "Expect", "100-continue")
		}},
		{"another media type", 3, []int{415}, nil, func(s *soak) (*http.Response, error) {
			return s.post(soakView, acute(), s.token("emr"), "Content-Type", "text/"+soakMark)
		}},
		{"half a body and then nothing", 1, []int{400}, nil, func(s *soak) (*http.Response, error) { return s.half(acute(), true) }},
		{"half a body and gone", 3, nil, nil, func(s *soak) (*http.Response, error) { return s.half(acute(), false) }},
	}
}

// knock makes one good call.
func (s *soak) knock(t *testing.T) {
	t.Helper()
	s.tell(t, s.stories()[0])
}

// caller makes calls of all kinds until the time is over.
func (s *soak) caller(ctx context.Context, t *testing.T) {
	stories, sum := s.stories(), 0
	for _, one := range stories {
		sum += one.weight
	}
	for ctx.Err() == nil {
		dice := mathrand.IntN(sum)
		for _, one := range stories {
			if dice -= one.weight; dice < 0 {
				s.tell(t, one)
				break
			}
		}
		time.Sleep(time.Duration(mathrand.Int64N(int64(2 * thinks))))
	}
}

// tell makes a call of one kind and holds its answer.
func (s *soak) tell(t *testing.T, one story) {
	response, err := one.send(s)
	s.mu.Lock()
	s.counts[one.name]++
	s.mu.Unlock()
	if one.status == nil {
		return
	}
	if err != nil {
		t.Errorf("%s: %v", one.name, err)
		return
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || !slices.Contains(one.status, response.StatusCode) {
		t.Errorf("%s: status %d, want %v, %v: %s", one.name, response.StatusCode, one.status, err, body)
		return
	}
	if response.StatusCode != http.StatusOK {
		if !bytes.Contains(body, []byte(`"OperationOutcome"`)) || bytes.Contains(body, []byte(soakMark)) || response.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v %s", one.name, response.Header, body)
		}
		return
	}
	if rules, err := rulesOf(body); err != nil || !slices.Equal(rules, one.rules) {
		t.Errorf("%s: %v, rules %v, want %v: %s", one.name, err, rules, one.rules, body)
	}
}

// rulesOf are the rules behind all cards.
func rulesOf(body []byte) ([]string, error) {
	var answer struct {
		Cards []struct {
			Extension struct {
				Decision struct {
					Rules []string `json:"rules"`
				} `json:"example.rygkort.decision"`
			} `json:"extension"`
		} `json:"cards"`
	}
	rules := []string{}
	err := json.Unmarshal(body, &answer)
	for _, card := range answer.Cards {
		rules = append(rules, card.Extension.Decision.Rules...)
	}
	return rules, err
}

func (s *soak) post(service, body, authorization string, headers ...string) (*http.Response, error) {
	request, err := http.NewRequest(http.MethodPost, s.base+"/cds-services/"+service, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	for pair := range slices.Chunk(headers, 2) {
		request.Header.Set(pair[0], pair[1])
	}
	return s.client.Do(request)
}

// half sends half of a call, and waits for what is said to that or hangs up.
func (s *soak) half(body string, waits bool) (*http.Response, error) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.base, "http://"))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return nil, err
	}
	fmt.Fprintf(conn, "POST /cds-services/%s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\nAuthorization: %s\r\nContent-Length: %d\r\n\r\n%s",
		soakView, s.token("emr"), len(body), body[:len(body)/2])
	if !waits {
		return nil, errors.New("hung up")
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		return nil, err
	}
	return http.ReadResponse(bufio.NewReader(bytes.NewReader(answer)), nil)
}

// token is a client's header Authorization.
func (s *soak) token(client string, changes ...func(header, payload map[string]any)) string {
	now := time.Now().Unix()
	header := map[string]any{"typ": "JWT", "alg": "ES256", "kid": client}
	payload := map[string]any{
		"iss": "https://" + client + ".example", "aud": s.base + "/cds-services/" + soakView, "iat": now, "exp": now + 10,
		"jti": rand.Text(), "sub": soakMark,
	}
	for _, change := range changes {
		change(header, payload)
	}
	part := func(members map[string]any) string {
		text, err := json.Marshal(members)
		if err != nil {
			panic(err)
		}
		return b64(text)
	}
	input := part(header) + "." + part(payload)
	sum := sha256.Sum256([]byte(input))
	r, v, err := ecdsa.Sign(rand.Reader, s.keys[client], sum[:])
	if err != nil {
		panic(err)
	}
	return "Bearer " + input + "." + b64(append(r.FillBytes(make([]byte, 32)), v.FillBytes(make([]byte, 32))...))
}

func b64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

const otherThing = `{"resourceType":"Condition","id":"` + soakMark + `","code":{"coding":[{"system":"http://snomed.info/sct","code":"38341003"}]},"subject":{"reference":"Patient/` + soakMark + `"}}`

// caudaEquina is a suspicion of today.
func (s *soak) caudaEquina() string {
	return `{"resourceType":"Condition","id":"` + soakMark + `1","clinicalStatus":{"coding":[{"code":"active"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":"192970008"}],"text":"` +
		soakMark + `"},"subject":{"reference":"Patient/` + soakMark + `"},"recordedDate":"` + s.today + `"}`
}

func bundle(resource string) string {
	if resource == "" {
		return `{"resourceType":"Bundle","type":"searchset","entry":[]}`
	}
	return `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":` + resource + `}]}`
}

// allOf is a prefetch in which nothing but one condition was found.
func (s *soak) allOf(condition string) string {
	return `{"patient":{"resourceType":"Patient","id":"` + soakMark + `","birthDate":"1970-04-05","name":[{"family":"` + soakMark + `"}]},"conditions":` + bundle(condition) +
		`,"observations":null,"encounters":null,"requests":null,"procedures":null}`
}

func viewCall(prefetch string) string {
	return `{"hook":"patient-view","hookInstance":"d1577c69-dfbe-44ad-ba6d-3e05e953b2ea","context":{"userId":"Practitioner/` + soakMark + `","patientId":"` + soakMark + `"},"prefetch":` + prefetch + `}`
}

func (s *soak) at(base, call string) string {
	return strings.Replace(call, `{`, `{"fhirServer":"`+base+`","fhirAuthorization":{"access_token":"`+soakMark+`","token_type":"Bearer","expires_in":300,"scope":"x","subject":"x"},`, 1)
}

// metric is one number of the program's.
func (s *soak) metric(t *testing.T, name string) float64 {
	t.Helper()
	response, err := s.client.Get(s.base + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindSubmatch(text)
	if found == nil {
		t.Fatalf("no %s in\n%s", name, text)
	}
	value, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// watch looks at the program's memory each second: what it holds when it is
// warm and at the end, each the median of some seconds.
func (s *soak) watch(ctx context.Context, warmUp time.Duration) (warm, end float64) {
	var seen []float64
	var began int
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for elapsed := time.Second; ; elapsed += time.Second {
		select {
		case <-ctx.Done():
			some := max(1, len(seen)/8)
			began = min(began, max(0, len(seen)-some))
			return median(seen[began:min(len(seen), began+some)]), median(seen[len(seen)-some:])
		case <-second.C:
			if held, err := s.memory(); err == nil {
				seen = append(seen, held)
			}
			if elapsed <= warmUp {
				began = len(seen)
			}
		}
	}
}

func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}

// memory is what the program holds, in bytes: VmRSS of Linux.
func (s *soak) memory() (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	found := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(text)
	if found == nil {
		return 0, errors.New("no VmRSS")
	}
	kB, err := strconv.ParseFloat(string(found[1]), 64)
	return kB * 1024, err
}
