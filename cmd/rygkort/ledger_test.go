//go:build ledger

package main_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	mathrand "math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	_ "modernc.org/sqlite"
)

// TestLedger starts the real program in many ways.
func TestLedger(t *testing.T) {
	program := filepath.Join(t.TempDir(), "rygkort")
	if said, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	for _, story := range []struct {
		name string
		tell func(t *testing.T, w *ward)
	}{
		{"two processes keep one", twoProcessesKeepOne},
		{"a token is let in once", aTokenIsLetInOnce},
		{"the database is away", databaseIsAway},
		{"the database hangs", databaseHangs},
		{"killed twenty times", killedTwentyTimes},
		{"no patient, stopped", func(t *testing.T, w *ward) { noPatient(t, w, "", (*process).stop) }},
		{"no patient, killed", func(t *testing.T, w *ward) { noPatient(t, w, "", (*process).kill) }},
		{"no patient but in comments", func(t *testing.T, w *ward) { noPatient(t, w, keepsComments, (*process).stop) }},
	} {
		t.Run(story.name, func(t *testing.T) { story.tell(t, newWard(t, program)) })
	}
}

// twoProcessesKeepOne: what two processes on one database sent and were told,
// each of them half of it and of each other's cards, stands in one report.
func twoProcessesKeepOne(t *testing.T, w *ward) {
	w.keepIn(startPostgres(t).url())
	one, two := w.start("one", ""), w.start("two", "")

	var told tally
	ctx, enough := context.WithTimeout(t.Context(), 5*time.Second)
	defer enough()
	var crowd sync.WaitGroup
	for i := range 6 {
		asked, answered := one, two
		if i%2 > 0 {
			asked, answered = two, one
		}
		if i > 3 {
			answered = asked
		}
		crowd.Go(func() {
			for ctx.Err() == nil && !t.Failed() {
				for _, c := range w.call(asked) {
					told.sent(c)
					w.answer(answered, c, &told)
				}
			}
		})
	}
	crowd.Wait()
	two.stop()

	want := told.report()
	if want.Total.Accepted < 20 || want.Total.Overridden < 20 || want.Total.Unanswered < 20 {
		t.Errorf("too little was done: %+v", want.Total)
	}
	until(t, "the last card is written", func() bool { return w.readiness(one).Ledger.Queue == 0 })
	if got := w.report(); got.differs(want) {
		t.Errorf("the report says %+v,\nbut there was    %+v", got, want)
	}
	t.Logf("%+v", want)
}

// aTokenIsLetInOnce, to whichever process it is sent, and however often
// at once.
func aTokenIsLetInOnce(t *testing.T, w *ward) {
	w.keepIn(startPostgres(t).url())
	both := []*process{w.start("one", ""), w.start("two", "")}
	for range 10 {
		token, ready := w.token(), make(chan struct{})
		var statuses sync.Map
		var crowd sync.WaitGroup
		for i := range 100 {
			crowd.Go(func() {
				<-ready
				answer, err := w.post(both[i%2], "", w.view(acutePatient), token)
				if err != nil {
					t.Error(err)
					return
				}
				count, _ := statuses.LoadOrStore(answer.status, new(atomic.Int64))
				count.(*atomic.Int64).Add(1)
			})
		}
		close(ready)
		crowd.Wait()
		got := map[int]int64{}
		statuses.Range(func(status, count any) bool {
			got[status.(int)] = count.(*atomic.Int64).Load()
			return true
		})
		if !maps.Equal(got, map[int]int64{http.StatusOK: 1, http.StatusUnauthorized: 99}) {
			t.Errorf("answers by status: %v, want one 200 and 99 times 401", got)
		}
	}
}

// databaseIsAway for LEDGER_OUTAGE, ten seconds where it does not say: connections
// to it are refused.
func databaseIsAway(t *testing.T, w *ward) {
	away := 10 * time.Second
	if said := os.Getenv("LEDGER_OUTAGE"); said != "" {
		var err error
		if away, err = time.ParseDuration(said); err != nil {
			t.Fatal(err)
		}
	}
	withoutDatabase(t, w, away, (*postgres).stop, (*postgres).start)
}

// databaseHangs for four seconds: it takes what is sent to it and says nothing.
func databaseHangs(t *testing.T, w *ward) {
	withoutDatabase(t, w, 4*time.Second, (*postgres).freeze, (*postgres).thaw)
}

// withoutDatabase clinicians notice nothing, feedback is asked for again, and in
// the end nothing is missing.
func withoutDatabase(t *testing.T, w *ward, away time.Duration, goAway, comeBack func(*postgres, *testing.T)) {
	database := startPostgres(t)
	w.keepIn(database.url())
	p := w.start("one", "")

	var told tally
	var isAway atomic.Bool
	var calls, callsAway, refused, slowest atomic.Int64
	ctx, enough := context.WithCancel(t.Context())
	var crowd sync.WaitGroup
	for range 3 {
		crowd.Go(func() {
			for ctx.Err() == nil && !t.Failed() {
				before, began := isAway.Load(), time.Now()
				for _, c := range w.call(p) { // holds 200 and the rules
					told.sent(c)
				}
				slowest.Store(max(slowest.Load(), int64(time.Since(began))))
				calls.Add(1)
				if before && isAway.Load() {
					callsAway.Add(1)
				}
				time.Sleep(20 * time.Millisecond)
			}
		})
		crowd.Go(func() {
			for ctx.Err() == nil && !t.Failed() {
				for _, c := range w.call(p) {
					told.sent(c)
					body := c.feedback(c.outcome())
					for c.answered() && !t.Failed() { // until it is taken
						before := isAway.Load()
						answer, err := w.post(p, "/feedback", body, w.token())
						if err != nil {
							t.Error(err)
							return
						}
						if answer.status == http.StatusOK {
							told.answered(c)
							if before && isAway.Load() {
								t.Error("feedback was answered 200 without a database")
							}
							break
						}
						if answer.status != http.StatusServiceUnavailable || answer.header.Get("Retry-After") == "" {
							t.Errorf("feedback: %d %v %s", answer.status, answer.header, answer.body)
							return
						}
						refused.Add(1)
						time.Sleep(100 * time.Millisecond)
					}
				}
			}
		})
	}
	until(t, "calls are answered", func() bool { return calls.Load() > 20 })
	if r := w.readiness(p); r.Status != "ok" || !r.Ledger.Reachable {
		t.Errorf("before: %+v", r)
	}

	goAway(database, t)
	isAway.Store(true)
	gone := time.Now()
	until(t, "readyz says that it is degraded", func() bool {
		r := w.readiness(p)
		return r.Status == "degraded" && !r.Ledger.Reachable && r.Ledger.LastError != ""
	})
	noticed := time.Since(gone)
	time.Sleep(max(0, away-noticed))
	waiting := w.readiness(p)
	if waiting.Status != "degraded" || waiting.Ledger.Queue == 0 {
		t.Errorf("at the end of the outage: %+v", waiting)
	}
	isAway.Store(false)
	comeBack(database, t)
	until(t, "it is well again", func() bool { r := w.readiness(p); return r.Status == "ok" && r.Ledger.Reachable })
	refusedUntilNow := refused.Load()
	before := calls.Load()
	until(t, "calls go on", func() bool { return calls.Load() > before+50 })
	enough()
	crowd.Wait()

	if callsAway.Load() < 20 || refusedUntilNow == 0 {
		t.Errorf("too little was tried: %d calls during the outage, %d feedback refused", callsAway.Load(), refusedUntilNow)
	}
	if slowest := time.Duration(slowest.Load()); slowest > 2*time.Second {
		t.Errorf("a call took %v", slowest)
	}
	until(t, "the queue is empty", func() bool { return w.readiness(p).Ledger.Queue == 0 })
	if r := w.readiness(p); r.Ledger.Dropped != 0 {
		t.Errorf("%d cards were dropped", r.Ledger.Dropped)
	}
	for _, line := range []string{"the ledger's database does not answer", "the ledger's database answers again"} {
		until(t, "the log says that "+line, func() bool {
			log, err := os.ReadFile(p.log)
			return err == nil && strings.Contains(string(log), line)
		})
	}
	if got, want := w.report(), told.report(); got.differs(want) {
		t.Errorf("the report says %+v,\nbut there was    %+v", got, want)
	}
	t.Logf("%d calls, %d of them without a database, %d feedback asked for again; noticed after %v, %d cards waited, slowest call %v",
		calls.Load(), callsAway.Load(), refused.Load(), noticed.Round(time.Millisecond), waiting.Ledger.Queue, time.Duration(slowest.Load()).Round(time.Millisecond))
}

// killedTwentyTimes: the program is killed under load twenty times. What it
// said 200 to is in the export once, and a token that it let in is used up.
func killedTwentyTimes(t *testing.T, w *ward) {
	path := filepath.Join(w.folder, "kept.db")
	w.keepIn("sqlite:" + path)
	var told tally
	const rounds = 20
	for range rounds {
		p := w.start("one", "")
		var crowd sync.WaitGroup
		var killed atomic.Bool
		var usedToken atomic.Value
		for range 4 {
			crowd.Go(func() {
				for !killed.Load() && !t.Failed() {
					token := w.token()
					answer, err := w.post(p, "", w.view(acutePatient), token)
					if err != nil {
						return // killed
					}
					for _, c := range w.cards(answer, acutePatient) {
						if answer, err := w.post(p, "/feedback", c.feedback(overridden), w.token()); err != nil {
							return // killed
						} else if answer.status != http.StatusOK {
							t.Errorf("feedback: %d %s", answer.status, answer.body)
						}
						told.acknowledged(c)
						usedToken.Store(token) // the card is written, so it is
					}
				}
			})
		}
		acknowledged := told.count()
		until(t, "feedback is taken", func() bool { return told.count() > acknowledged })
		time.Sleep(time.Duration(20+mathrand.IntN(200)) * time.Millisecond)
		killed.Store(true)
		p.kill()
		crowd.Wait()
		if sound := w.sound(path); sound != "ok" {
			t.Fatalf("the file is damaged: %s", sound)
		}
		next := w.start("next", "")
		if answer, err := w.post(next, "", w.view(acutePatient), usedToken.Load().(string)); err != nil || answer.status != http.StatusUnauthorized {
			t.Errorf("a token that was used before the kill: %v %d", err, answer.status)
		}
		next.kill()
	}
	times := map[string]int{}
	for _, line := range w.export() {
		if line.Type == "feedback" {
			times[line.Card]++
		}
	}
	for card := range told.acks {
		if times[card] != 1 {
			t.Errorf("feedback on %s was answered 200 and is there %d times", card, times[card])
		}
		delete(times, card)
	}
	if len(times) > 4*rounds { // written, but killed before it was said
		t.Errorf("%d feedback nobody sent", len(times))
	}
	if told.count() < 5*rounds {
		t.Errorf("only %d feedback in %d rounds", told.count(), rounds)
	}
	t.Logf("%d feedback answered 200 in %d rounds, %d more written", told.count(), rounds, len(times))
}

// keepsComments is the setting under which comments are kept.
const keepsComments = "feedback: {comments: true}\n"

// noPatient is in the database, its log of writes, its export or the program's
// log, while it runs and when it has ended.
func noPatient(t *testing.T, w *ward, settings string, end func(*process)) {
	path := filepath.Join(w.folder, "kept.db")
	w.keepIn("sqlite:" + path)
	p := w.start("one", settings)
	var sent []card
	for range 20 {
		answer, err := w.post(p, "", w.markedView(), w.token())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range w.cards(answer, acutePatient) {
			sent = append(sent, c)
			for _, body := range c.markedFeedback() {
				if answer, err := w.post(p, "/feedback", body, w.token()); err != nil || answer.status != http.StatusOK {
					t.Fatalf("%v %d %s", err, answer.status, answer.body)
				}
			}
		}
	}
	if len(sent) == 0 {
		t.Fatal("no card was sent")
	}
	until(t, "all is written", func() bool { return w.readiness(p).Ledger.Queue == 0 })
	look := func(when string) {
		t.Helper()
		files, err := filepath.Glob(path + "*")
		if err != nil {
			t.Fatal(err)
		}
		looked, stored := map[string][]byte{}, []byte{}
		for _, file := range append(files, p.log) {
			text, err := os.ReadFile(file)
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
			looked[filepath.Base(file)] = text
			if file != p.log {
				stored = append(stored, text...)
			}
		}
		looked["the export"] = w.run("ledger", "export") // last: it tidies the files of a program that was killed
		for name, text := range map[string][]byte{"the export": looked["the export"], "the files": stored} {
			if !bytes.Contains(text, []byte(sent[0].UUID)) || !bytes.Contains(text, []byte("R-A1")) {
				t.Errorf("%s: %s does not hold what was sent, so nothing is shown by looking at it", when, name)
			}
			if got, want := bytes.Contains(text, []byte(marked+"Comment")), settings == keepsComments; got != want {
				t.Errorf("%s: %s holds the comment: %v, want %v", when, name, got, want)
			}
		}
		for name, text := range looked {
			for _, never := range neverKept {
				if i := bytes.Index(text, []byte(never)); i >= 0 {
					t.Errorf("%s: %s holds %s: %q", when, name, never, text[max(0, i-100):min(len(text), i+100)])
				}
			}
		}
		t.Logf("%s: looked at %v", when, slices.Sorted(maps.Keys(looked)))
	}
	look("while it runs")
	end(p)
	look("when it has ended")
}

// marked stands wherever a patient could.
const marked = "Zq9marked"

var neverKept = []string{
	marked + "Patient", marked + "Encounter", marked + "Family", marked + "Given", marked + "Code", marked + "Condition", marked + "User",
	marked + "Reason", marked + "Suggestion", marked + "Card", acutePatient.code, "0504709996", "1970-04-05",
}

// ward is where programs run, and the client whom they serve.
type ward struct {
	t       *testing.T
	folder  string
	program string
	public  string
	ledger  string
	key     *ecdsa.PrivateKey
	client  *http.Client
	today   string
}

func newWard(t *testing.T, program string) *ward {
	t.Helper()
	w := &ward{
		t: t, folder: t.TempDir(), program: program, public: "http://127.0.0.1:1", today: time.Now().Format(time.DateOnly),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}, Timeout: 20 * time.Second},
	}
	var err error
	if w.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	point, err := w.key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(w.folder, "emr.json"), fmt.Sprintf(`{"keys":[{"kty":"EC","crv":"P-256","kid":"emr","x":%q,"y":%q}]}`, b64(point[1:33]), b64(point[33:])))
	write(t, filepath.Join(w.folder, "ledger.key"), rand.Text())
	return w
}

func (w *ward) keepIn(url string) { w.ledger = url }

// process is one running program.
type process struct {
	t         *testing.T
	command   *exec.Cmd
	base, log string
	ended     bool
}

// start starts a program with some further settings. All are behind one public
// address, for which tokens are signed.
func (w *ward) start(name, settings string) *process {
	w.t.Helper()
	address := freeAddress(w.t)
	p := &process{t: w.t, base: "http://" + address, log: filepath.Join(w.folder, name+".log")}
	config := filepath.Join(w.folder, name+".yaml")
	write(w.t, config, fmt.Sprintf("listen: %s\npublic_url: %s\nlog: {level: debug, format: json}\nledger_key: ledger.key\n%sclients:\n  - {name: emr, iss: https://emr.example, keys: emr.json}\n",
		address, w.public, settings))
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		w.t.Fatal(err)
	}
	defer log.Close()
	p.command = exec.Command(w.program, "serve", "--config", config, "--ledger", w.ledger)
	p.command.Stderr = log
	if err := p.command.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(p.kill)
	for range 400 {
		if response, err := w.client.Get(p.base + "/readyz"); err == nil {
			response.Body.Close()
			return p
		}
		time.Sleep(10 * time.Millisecond)
	}
	text, _ := os.ReadFile(p.log)
	w.t.Fatalf("it does not answer: %s", text)
	return nil
}

// kill ends it as a power cut would, as far as the program sees it.
func (p *process) kill() {
	if p.ended {
		return
	}
	p.ended = true
	_ = p.command.Process.Kill()
	_ = p.command.Wait()
}

// stop ends it as a supervisor does.
func (p *process) stop() {
	p.ended = true
	if err := errors.Join(p.command.Process.Signal(syscall.SIGTERM), p.command.Wait()); err != nil {
		p.t.Errorf("it ended with %v", err)
	}
}

// run runs another command of the program on the same ledger.
func (w *ward) run(arguments ...string) []byte {
	w.t.Helper()
	var complaints bytes.Buffer
	command := exec.CommandContext(w.t.Context(), w.program, append(arguments, "--ledger", w.ledger)...)
	command.Stderr = &complaints
	said, err := command.Output()
	if err != nil {
		w.t.Fatalf("%v: %v: %s", arguments, err, &complaints)
	}
	return said
}

// sound is what SQLite says of a file.
func (w *ward) sound(path string) (said string) {
	w.t.Helper()
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&said); err != nil {
		w.t.Fatal(err)
	}
	return said
}

func (w *ward) token() string {
	now := time.Now().Unix()
	input := b64([]byte(`{"typ":"JWT","alg":"ES256","kid":"emr"}`)) + "." +
		b64(fmt.Appendf(nil, `{"iss":"https://emr.example","aud":"%s/cds-services/%s","iat":%d,"exp":%d,"jti":%q}`, w.public, soakView, now, now+120, rand.Text()))
	sum := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, w.key, sum[:])
	if err != nil {
		w.t.Error(err)
		return ""
	}
	return "Bearer " + input + "." + b64(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

type answered struct {
	status int
	header http.Header
	body   []byte
}

func (w *ward) post(p *process, path, body, token string) (answered, error) {
	request, err := http.NewRequest(http.MethodPost, p.base+"/cds-services/"+soakView+path, strings.NewReader(body))
	if err != nil {
		return answered{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", token)
	response, err := w.client.Do(request)
	if err != nil {
		return answered{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answered{response.StatusCode, response.Header, text}, err
}

// patientOf is a kind of patient, with the rules of the cards about such a one.
type patientOf struct {
	code  string
	rules []string
}

var (
	acutePatient  = patientOf{"192970008", []string{"R-A1"}}
	simplePatient = patientOf{"279039007", []string{"R-Q3"}}
)

// view is a call about a patient who was never there before.
func (w *ward) view(of patientOf) string { return w.viewOf(of, rand.Text(), rand.Text(), rand.Text()) }

func (w *ward) viewOf(of patientOf, patient, encounter, family string) string {
	condition := fmt.Sprintf(`{"resourceType":"Condition","id":"c1","clinicalStatus":{"coding":[{"code":"active"}]},"code":{"coding":[{"system":"http://snomed.info/sct","code":%q}]},"subject":{"reference":"Patient/%s"},"recordedDate":%q}`,
		of.code, patient, w.today)
	return fmt.Sprintf(`{"hook":"patient-view","hookInstance":"d1577c69-dfbe-44ad-ba6d-3e05e953b2ea","context":{"userId":"Practitioner/7","patientId":%q,"encounterId":%q},`+
		`"prefetch":{"patient":{"resourceType":"Patient","id":%[1]q,"birthDate":"1970-04-05","name":[{"family":%[3]q}]},"conditions":%[4]s,"observations":null,"encounters":null,"requests":null,"procedures":null}}`,
		patient, encounter, family, bundle(condition))
}

// markedView is a call in which all is marked that could tell who the patient is.
func (w *ward) markedView() string {
	call := w.viewOf(acutePatient, marked+"Patient"+rand.Text()[:6], marked+"Encounter"+rand.Text()[:6], marked+"Family")
	return strings.NewReplacer(
		`"name":[{`, `"identifier":[{"system":"urn:oid:1.2.208.176.1.2","value":"0504709996"}],"name":[{"given":["`+marked+`Given"],`,
		`"Practitioner/7"`, `"Practitioner/`+marked+`User"`,
		`"id":"c1"`, `"id":"`+marked+`Condition"`,
		`"code":"192970008"}`, `"code":"192970008"},{"system":"urn:local","code":"`+marked+`Code"}`,
	).Replace(call)
}

// card is what a client keeps of a card.
type card struct {
	UUID        string `json:"uuid"`
	Suggestions []struct {
		UUID string `json:"uuid"`
	} `json:"suggestions"`
	rules []string
}

// cards holds that a call was answered right, and gives the cards.
func (w *ward) cards(a answered, of patientOf) []card {
	var read struct {
		Cards []card `json:"cards"`
	}
	rules, err := rulesOf(a.body)
	if err = errors.Join(err, json.Unmarshal(a.body, &read)); err != nil || a.status != http.StatusOK || !slices.Equal(rules, of.rules) {
		w.t.Errorf("%v, status %d, rules %v, want %v: %s", err, a.status, rules, of.rules, a.body)
		return nil
	}
	for i := range read.Cards {
		read.Cards[i].rules = rules
	}
	return read.Cards
}

// call is a call about one or another patient.
func (w *ward) call(p *process) []card {
	of := []patientOf{acutePatient, simplePatient}[mathrand.IntN(2)]
	got, err := w.post(p, "", w.view(of), w.token())
	if err != nil {
		w.t.Error(err)
		return nil
	}
	return w.cards(got, of)
}

// What a clinician does with a card.
const (
	unanswered = iota
	accepted
	overridden
)

// outcome is the same for a card whenever it is asked for.
func (c card) outcome() int {
	outcome := int(c.UUID[0]) % 3
	if outcome == accepted && len(c.Suggestions) == 0 {
		return overridden
	}
	return outcome
}

func (c card) answered() bool { return c.outcome() != unanswered }

func (c card) feedback(outcome int) string {
	what := `"outcome":"overridden","overrideReason":{"reason":{"code":"other"}}`
	if outcome == accepted {
		what = fmt.Sprintf(`"outcome":"accepted","acceptedSuggestions":[{"id":%q}]`, c.Suggestions[0].UUID)
	}
	return fmt.Sprintf(`{"feedback":[{"card":%q,%s,"outcomeTimestamp":"2026-11-23T09:30:00Z"}]}`, c.UUID, what)
}

// markedFeedback is all that feedback could bring of a patient.
func (c card) markedFeedback() []string {
	entry := func(card, members string) string {
		return fmt.Sprintf(`{"feedback":[{"card":%q,%s,"outcomeTimestamp":"2026-11-23T09:30:00Z"}]}`, card, members)
	}
	return []string{
		entry(c.UUID, `"outcome":"overridden","overrideReason":{"reason":{"code":"`+marked+`Reason","system":"urn:`+marked+`Reason","display":"`+marked+`Reason"},"userComment":"`+marked+`Comment"}`),
		entry(c.UUID, `"outcome":"accepted","acceptedSuggestions":[{"id":"`+marked+`Suggestion"}]`),
		entry(marked+"Card", `"outcome":"overridden"`),
	}
}

// answer does with a card what its outcome says.
func (w *ward) answer(p *process, c card, told *tally) {
	if !c.answered() {
		return
	}
	got, err := w.post(p, "/feedback", c.feedback(c.outcome()), w.token())
	if err != nil || got.status != http.StatusOK {
		w.t.Errorf("feedback: %v %d %s", err, got.status, got.body)
		return
	}
	told.answered(c)
}

// tally is what was sent and acknowledged, as clients know it.
type tally struct {
	mu    sync.Mutex
	total counts
	shown map[string]int
	acks  map[string]bool
}

func (y *tally) sent(c card) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.shown == nil {
		y.shown = map[string]int{}
	}
	y.total.Shown++
	for _, rule := range c.rules {
		y.shown[rule]++
	}
}

func (y *tally) answered(c card) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if c.outcome() == accepted {
		y.total.Accepted++
	} else {
		y.total.Overridden++
	}
}

func (y *tally) acknowledged(c card) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.acks == nil {
		y.acks = map[string]bool{}
	}
	y.acks[c.UUID] = true
}

func (y *tally) count() int {
	y.mu.Lock()
	defer y.mu.Unlock()
	return len(y.acks)
}

// report is what the service should say.
func (y *tally) report() reported {
	y.mu.Lock()
	defer y.mu.Unlock()
	r := reported{Total: y.total}
	r.Total.Unanswered = r.Total.Shown - r.Total.Accepted - r.Total.Overridden
	for _, rule := range slices.Sorted(maps.Keys(y.shown)) {
		r.Rules = append(r.Rules, ruleShown{rule, y.shown[rule]})
	}
	return r
}

type counts struct {
	Shown      int `json:"shown"`
	Accepted   int `json:"accepted"`
	Overridden int `json:"overridden"`
	Unanswered int `json:"unanswered"`
}

type ruleShown struct {
	Rule  string `json:"rule"`
	Shown int    `json:"shown"`
}

type reported struct {
	Total counts         `json:"total"`
	Rules []ruleShown    `json:"rules"`
	Apart map[string]int `json:"apart"`
}

// differs compares with what clients know. They sent nothing that belongs to no
// card.
func (r reported) differs(from reported) bool {
	for _, number := range r.Apart {
		if number != 0 {
			return true
		}
	}
	slices.SortFunc(r.Rules, func(a, b ruleShown) int { return strings.Compare(a.Rule, b.Rule) })
	return r.Total != from.Total || !slices.Equal(r.Rules, from.Rules)
}

func (w *ward) report() (r reported) {
	w.t.Helper()
	if err := json.Unmarshal(w.run("report", "--format", "json"), &r); err != nil {
		w.t.Fatal(err)
	}
	return r
}

type exported struct {
	Type string `json:"type"`
	Card string `json:"card"`
}

func (w *ward) export() (lines []exported) {
	w.t.Helper()
	for line := range bytes.Lines(w.run("ledger", "export")) {
		var one exported
		if err := json.Unmarshal(line, &one); err != nil {
			w.t.Fatalf("%v: %s", err, line)
		}
		lines = append(lines, one)
	}
	return lines
}

type readiness struct {
	Status string `json:"status"`
	Ledger struct {
		Reachable bool   `json:"reachable"`
		Queue     int    `json:"queue"`
		Dropped   int    `json:"dropped"`
		LastError string `json:"lastError"`
	} `json:"ledger"`
}

func (w *ward) readiness(p *process) (r readiness) {
	w.t.Helper()
	response, err := w.client.Get(p.base + "/readyz")
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.UnmarshalRead(response.Body, &r); err != nil || response.StatusCode != http.StatusOK {
		w.t.Fatalf("%v, status %d", err, response.StatusCode)
	}
	return r
}

// until waits for something that has to come soon.
func until(t *testing.T, what string, come func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if come() {
			return
		}
	}
	t.Fatalf("did not come: %s", what)
}
