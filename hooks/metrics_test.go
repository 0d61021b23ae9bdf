package hooks_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"golang.org/x/time/rate"

	"rygkort/fhir"
	"rygkort/hooks"
)

// numbers are our metrics as Prometheus reads them, by name and labels. Of a
// histogram it is how much was observed.
func (p *practice) numbers(t testing.TB) map[string]float64 {
	t.Helper()
	got := p.ask(http.MethodGet, "/metrics")
	if got.Code != http.StatusOK || !strings.HasPrefix(got.Header().Get("Content-Type"), "text/plain; version=0.0.4") {
		t.Fatalf("status %d, %s", got.Code, got.Header().Get("Content-Type"))
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string]float64{}
	for name, family := range families {
		if !strings.HasPrefix(name, "rygkort_") {
			continue
		}
		if family.GetHelp() == "" {
			t.Errorf("%s is not explained", name)
		}
		for _, one := range family.GetMetric() {
			var labels []string
			for _, label := range one.GetLabel() {
				labels = append(labels, label.GetName()+"="+label.GetValue())
			}
			value := one.GetCounter().GetValue() + one.GetGauge().GetValue()
			if family.GetType().String() == "HISTOGRAM" {
				value = float64(one.GetHistogram().GetSampleCount())
			}
			numbers[strings.TrimPrefix(name, "rygkort_")+"{"+strings.Join(labels, " ")+"}"] = value
		}
	}
	return numbers
}

// TestMetricsCountWhatWasDone holds each of them after some calls.
func TestMetricsCountWhatWasDone(t *testing.T) {
	e := newEHR(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/Condition") {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		say(w, bundle())
	})
	g := guard(t, reading(t, fhir.Limits{}, nil))
	g.emr.Servers = hooks.ListedServers{e.URL}
	post := func(body string, k ticket) { g.post(viewService, body, "Authorization", k.bearer()) }
	for range 2 {
		post(viewCall(prefetched(backPain, caudaEquina)), g.ticket())
	}
	post(viewCall(prefetched(hypertension)), g.clinicTicket())
	post(at(e.URL, viewCall("{}")), g.ticket())
	post(`{`, g.ticket())
	post(`{}`, g.ticket().with(map[string]any{"exp": 0}))
	g.emr.Calls = rate.NewLimiter(1, 0)
	post(`{}`, g.ticket())

	numbers := g.numbers(t)
	rules := map[string]float64{}
	for name, value := range numbers {
		if strings.HasPrefix(name, "rules_total") {
			rules[name] = value
			delete(numbers, name)
		}
	}
	if rules["rules_total{rule=R-A1}"] != 2 {
		t.Errorf("rules: %v", rules)
	}
	want := map[string]float64{
		"calls_total{client=emr service=" + viewService + " status=200}":    2,
		"calls_total{client=clinic service=" + viewService + " status=200}": 1,
		"calls_total{client=emr service=" + viewService + " status=412}":    1,
		"calls_total{client=emr service=" + viewService + " status=400}":    1,
		"calls_total{client=emr service=" + viewService + " status=429}":    1,
		"calls_total{client= service=" + viewService + " status=401}":       1,
		"call_seconds{service=" + viewService + "}":                         7,
		"cards_total{rule=R-A1}": 2,
		"fetches_total{key=conditions outcome=the server answered 403}": 1,
		"calls_in_flight{}": 0,

		"prefetch_total{key=patient state=given}":    3,
		"prefetch_total{key=conditions state=given}": 3,
	}
	for _, key := range fhir.Keys() {
		want[fmt.Sprintf("prefetch_total{key=%s state=not-asked}", key)] = 1
		if key != "conditions" {
			want[fmt.Sprintf("fetches_total{key=%s outcome=read}", key)] = 1
		}
		if key != "patient" && key != "conditions" {
			want[fmt.Sprintf("prefetch_total{key=%s state=none}", key)] = 3
		}
	}
	same(t, "metrics", want, numbers)
}

// TestCallsAreCountedWhileTheyLast looks at the gauge in between.
func TestCallsAreCountedWhileTheyLast(t *testing.T) {
	p := newPractice(t)
	letGo := p.occupy(3)
	same(t, "while they last", 3.0, p.numbers(t)["calls_in_flight{}"])
	letGo()
	same(t, "afterwards", 0.0, p.numbers(t)["calls_in_flight{}"])
}

// TestAPanicIsCountedAsACall holds that no call is lost from the numbers.
func TestAPanicIsCountedAsACall(t *testing.T) {
	p := newPractice(t, func(c *hooks.Config) { c.Renderer = nil })
	refused(t, p.post(viewService, viewCall(prefetched(backPain))), http.StatusInternalServerError)
	numbers := p.numbers(t)
	same(t, "500", 1.0, numbers["calls_total{client= service="+viewService+" status=500}"])
	same(t, "in flight", 0.0, numbers["calls_in_flight{}"])
	if !strings.Contains(p.log.String(), "msg=call") || !strings.Contains(p.log.String(), "msg=panic") {
		t.Errorf("the log lacks a line: %s", p.log)
	}
}

// TestNobodyCanMakeMetricsGrow: what a caller writes is no label.
func TestNobodyCanMakeMetricsGrow(t *testing.T) {
	g := guard(t)
	g.post(viewService, `{}`, "Authorization", g.ticket().with(map[string]any{"iss": "https://x.example"}).bearer())
	before := slices.Sorted(maps.Keys(g.numbers(t)))
	for i := range 20 {
		name := fmt.Sprintf("made-up-%d", i)
		g.post(name, `{}`)
		g.ask(http.MethodGet, "/"+name)
		g.ask("METHOD-"+name, "/cds-services/"+viewService)
		g.post(viewService, `{"hook":"`+name+`"}`, "Authorization", g.ticket().with(map[string]any{"iss": "https://" + name + ".example", "tenant": name}).bearer())
		g.post(viewService, `{}`, "Authorization", g.ticket().signedBy("emr-1", "ES256").with(map[string]any{"kid": name}).bearer())
	}
	same(t, "labels", before, slices.Sorted(maps.Keys(g.numbers(t))))
}

// TestMetricsOutliveAService: a change of settings makes another one, and the
// numbers go on.
func TestMetricsOutliveAService(t *testing.T) {
	shared := hooks.NewMetrics()
	with := func(c *hooks.Config) { c.Metrics = shared }
	for i := range 3 {
		p := newPractice(t, with)
		p.post(viewService, viewCall(prefetched(backPain)))
		same(t, "calls", float64(i+1), p.numbers(t)["calls_total{client= service="+viewService+" status=200}"])
	}
	same(t, "of another service", 0, int(newPractice(t).numbers(t)["calls_total{client= service="+viewService+" status=200}"]))
}

// TestMetricsTellOfTheProcess: an operator sees whether it grows.
func TestMetricsTellOfTheProcess(t *testing.T) {
	if body := newPractice(t).ask(http.MethodGet, "/metrics").Body.String(); !strings.Contains(body, "\ngo_goroutines ") {
		t.Error("goroutines are not told")
	}
}

// TestReadinessTellsWhatAnOperatorHasToKnow shows the warnings, and an empty
// list where there is none.
func TestReadinessTellsWhatAnOperatorHasToKnow(t *testing.T) {
	warnings := func(got *httptest.ResponseRecorder) []string {
		var said struct {
			Status   string   `json:"status"`
			Warnings []string `json:"warnings"`
		}
		if err := json.Unmarshal(got.Body.Bytes(), &said); err != nil || said.Status != "ok" || said.Warnings == nil {
			t.Errorf("%v: %s", err, got.Body)
		}
		return said.Warnings
	}
	same(t, "none", []string{}, warnings(newPractice(t).ask(http.MethodGet, "/readyz")))
	two := []string{"nobody is asked who they are", "it is late"}
	p := newPractice(t, func(c *hooks.Config) { c.Warnings = two })
	same(t, "two", two, warnings(p.ask(http.MethodGet, "/readyz")))
}
