package hooks_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rygkort/cards"
	"rygkort/hooks"
	"rygkort/pathway"
)

// chart is a call with a record of so many resources.
func chart(conditions, observations, encounters, requests, procedures int) string {
	list := func(count int, resource func(i int) string) string {
		entries := make([]string, count)
		for i := range entries {
			entries[i] = resource(i)
		}
		return bundle(entries...)
	}
	const meta = `"meta":{"versionId":"1","lastUpdated":"2026-11-20T09:12:31.000+01:00","profile":["http://hl7.dk/fhir/core/StructureDefinition/dk-core-condition"]}`
	const text = `"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Generated narrative, which nobody reads, of the usual length</p></div>"}`
	tail := meta + `,` + text + `,"subject":{"reference":"Patient/p1","display":"Demo, Asta"},"encounter":{"reference":"Encounter/e1"}`
	prefetch := `{"patient":` + patientP1 +
		`,"conditions":` + list(conditions, func(i int) string {
		code := `{"system":"http://snomed.info/sct","code":"38341003","display":"Hypertensive disorder"}`
		if i == 0 {
			code = `{"system":"urn:oid:1.2.208.176.2.31","code":"L84","display":"Rygsyndrom uden smerteudstråling"}`
		}
		return fmt.Sprintf(`{"resourceType":"Condition","id":"c%d",%s,"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"confirmed"}]},"code":{"coding":[%s],"text":"Rygsmerter"},"recordedDate":"2026-11-%02d"}`, i, tail, code, i%20+1)
	}) + `,"observations":` + list(observations, func(i int) string {
		answers := []string{"yellow-flags", "lbp-course", "treatment-effect", "saddle-sensation"}
		system, code, value := "http://loinc.org", fmt.Sprintf("%d-4", 29000+i), `"valueQuantity":{"value":120,"unit":"mmHg"}`
		if i%10 == 0 {
			system, code, value = "https://rygkort.example/fhir/CodeSystem/finding", answers[i/10%4], `"valueString":"none"`
		}
		return fmt.Sprintf(`{"resourceType":"Observation","id":"o%d","status":"final",%s,"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"exam"}]}],"code":{"coding":[{"system":%q,"code":%q}]},"effectiveDateTime":"2026-11-%02dT09:12:00+01:00",%s}`, i, tail, system, code, i%20+1, value)
	}) + `,"encounters":` + list(encounters, func(i int) string {
		return fmt.Sprintf(`{"resourceType":"Encounter","id":"e%d","status":"finished",%s,"class":{"code":"AMB"},"period":{"start":"2026-11-%02dT09:00:00+01:00"},"reasonCode":[{"coding":[{"system":"urn:oid:1.2.208.176.2.31","code":"L84"}]}]}`, i, meta+","+text, i*2+1)
	}) + `,"requests":` + list(requests, func(i int) string {
		return fmt.Sprintf(`{"resourceType":"ServiceRequest","id":"r%d","status":"completed","intent":"order",%s,"code":{"text":"Henvisning til fysioterapeut"},"authoredOn":"2026-11-%02d"}`, i, tail, i%20+1)
	}) + `,"procedures":` + list(procedures, func(i int) string {
		return fmt.Sprintf(`{"resourceType":"Procedure","id":"pr%d","status":"completed",%s,"code":{"coding":[{"system":"http://snomed.info/sct","code":"91251008"}]},"performedDateTime":"2026-11-%02d"}`, i, tail, i%20+1)
	}) + `}`
	return viewCall(prefetch)
}

// charts are the two sizes that the benchmarks speak of.
func charts() map[string]string {
	return map[string]string{"6kB": chart(1, 4, 1, 1, 1), "150kB": chart(20, 160, 7, 10, 5)}
}

func TestTheBenchmarksChartsAreOfTheirSize(t *testing.T) {
	p := newPractice(t)
	for name, body := range charts() {
		var want float64
		if _, err := fmt.Sscanf(name, "%fkB", &want); err != nil {
			t.Fatal(err)
		}
		if kB := float64(len(body)) / 1000; kB < want*0.8 || kB > want*1.2 {
			t.Errorf("%s has %.0f kB", name, kB)
		}
		if rules := p.answered(t, viewService, body); len(rules) == 0 {
			t.Errorf("%s: no cards, so rendering is not measured", name)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	p := newPractice(b)
	for name, body := range charts() {
		b.Run(name, func(b *testing.B) {
			text := []byte(body)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := hooks.Decode(p.Service, text, viewService); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkAnswer is the service without HTTP; facts, decide and render are
// its parts.
func BenchmarkAnswer(b *testing.B) {
	p := newPractice(b)
	for name, body := range charts() {
		b.Run(name, func(b *testing.B) {
			text := []byte(body)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := p.Answer(b.Context(), text, viewService, cards.Danish); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecide(b *testing.B) {
	_, trace, err := newPractice(b).Answer(b.Context(), []byte(charts()["150kB"]), viewService, cards.Danish)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		pathway.Decide(trace.Reading.Chart.Facts(pathway.DefaultParameters()))
	}
}

func BenchmarkRender(b *testing.B) {
	_, trace, err := newPractice(b).Answer(b.Context(), []byte(charts()["150kB"]), viewService, cards.Danish)
	if err != nil {
		b.Fatal(err)
	}
	renderer := cards.New(cards.Settings{PublicURL: publicURL})
	b.ReportAllocs()
	for b.Loop() {
		renderer.Render(trace.Decision, cards.Call{Language: cards.Danish, Patient: "p1"})
	}
}

func BenchmarkHandler(b *testing.B) {
	p := newPractice(b, func(c *hooks.Config) { c.Logger = slog.New(slog.NewJSONHandler(io.Discard, nil)) })
	benchmarkHandler(b, p.handler)
}

// BenchmarkBaseline is what any handler costs that reads the same body and
// writes a fixed card.
func BenchmarkBaseline(b *testing.B) {
	card := newPractice(b).post(viewService, charts()["150kB"]).Body.Bytes()
	benchmarkHandler(b, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			http.Error(w, "", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(card)
	}))
}

func benchmarkHandler(b *testing.B, handler http.Handler) {
	for name, body := range charts() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				request := httptest.NewRequest(http.MethodPost, "/cds-services/"+viewService, strings.NewReader(body))
				request.Header.Set("Content-Type", "application/json")
				recorder := httptest.NewRecorder()
				handler.ServeHTTP(recorder, request)
				if recorder.Code != http.StatusOK {
					b.Fatal(recorder.Body)
				}
			}
		})
	}
}
