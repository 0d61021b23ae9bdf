package fhir_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"rygkort/fhir"
	"rygkort/pathway"
)

func TestARequestCountsByItsStatus(t *testing.T) {
	for s, want := range map[string]string{
		"draft": "open", "active": "open", "on-hold": "open", "completed": "done",
		"revoked": "", "entered-in-error": "",
		"unknown": "gap", "": "gap", "no-such-word": "gap",
	} {
		t.Run(s, func(t *testing.T) {
			request := serviceRequest("r", orderCode, "mri-lumbar", set("status", s))
			if s == "" {
				delete(request, "status")
			}
			r := readRequests(t, request)
			got := ""
			for _, q := range r.Chart.Requests {
				if q.Concept != pathway.OrderMRILumbar || q.Reference != "ServiceRequest/r" || q.Open == q.Done || !q.Authored.Earliest.Equal(day("2026-11-20")) {
					t.Errorf("%+v", q)
				}
				got = map[bool]string{true: "open", false: "done"}[q.Open]
			}
			for _, gap := range r.Chart.Gaps {
				got = "gap"
				if gap.Concept != pathway.OrderMRILumbar || gap.Reference != "ServiceRequest/r" {
					t.Errorf("%+v", gap)
				}
			}
			if got != want {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
	not := readRequests(t, serviceRequest("r", orderCode, "mri-lumbar", set("doNotPerform", true)))
	if len(not.Chart.Requests) > 0 {
		t.Errorf("what must not be done: %+v", not.Chart.Requests)
	}
}

func TestWhatWasOrderedIsReadFromCodesAndElseFromWords(t *testing.T) {
	for name, c := range map[string]struct {
		code any
		want []pathway.Concept
		gap  bool
	}{
		"our code":              {concept(orderCode, "secondary-sector"), []pathway.Concept{pathway.OrderSecondarySector}, false},
		"our code, configured":  {concept(region+"/CodeSystem/order", "mri-lumbar"), []pathway.Concept{pathway.OrderMRILumbar}, false},
		"SNOMED CT":             {concept(snomed, "308482002"), []pathway.Concept{pathway.OrderNeurosurgery}, false},
		"LOINC":                 {concept(loinc, "24968-0"), []pathway.Concept{pathway.OrderMRILumbar}, false},
		"words":                 {object{"text": "MR af lænden"}, []pathway.Concept{pathway.OrderMRILumbar}, false},
		"a display":             {object{"coding": []any{object{"system": "urn:local", "code": "7", "display": "Henvisning til fysioterapi"}}}, []pathway.Concept{pathway.OrderPhysiotherapy}, false},
		"something else":        {object{"text": "Hæmatologi"}, nil, false},
		"something else, coded": {concept(loinc, "58410-2"), nil, false},
		"a finding's code":      {concept(finding, "paralysis"), nil, false},
		"R5's code.concept":     {object{"concept": concept(orderCode, "mri-lumbar")}, []pathway.Concept{pathway.OrderMRILumbar}, false},
		"no code":               {nil, nil, true},
		"an empty code":         {object{"coding": []any{object{}}}, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := readRequests(t, serviceRequest("r", "", "", set("code", c.code)))
			var got []pathway.Concept
			for _, q := range r.Chart.Requests {
				got = append(got, q.Concept)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if c.gap {
				wantGap(t, r, pathway.FromRequests, fhir.ReasonNoCode)
			} else {
				wantNoGaps(t, r)
			}
		})
	}
}

// TestATreatmentOfSomethingElseIsNone of the back (F-46, "relevant").
func TestATreatmentOfSomethingElseIsNone(t *testing.T) {
	for code, want := range map[string]int{"L15": 0, "L84": 1, "L86": 1} {
		r := readProcedures(t, procedure("p", snomed, "91251008", set("reasonCode", []any{concept(icpc2, code)})))
		if len(r.Chart.Procedures) != want {
			t.Errorf("%s: %+v", code, r.Chart.Procedures)
		}
		if want == 0 {
			wantNote(t, r, "Procedure/p", "/reasonCode", "for something else than the back")
		}
	}
	if r := readProcedures(t, procedure("p", snomed, "91251008", set("reasonCode", []any{object{"text": "knæ"}}))); len(r.Chart.Procedures) != 1 {
		t.Error("words alone keep a treatment out")
	}
}

func TestATreatmentIsReadWithItsTimes(t *testing.T) {
	period := func(start, end string) change {
		p := object{}
		if start != "" {
			p["start"] = start
		}
		if end != "" {
			p["end"] = end
		}
		return set("performedPeriod", p)
	}
	at := set("performedDateTime", "2026-10-05")
	for name, c := range map[string]struct {
		changes    []change
		start, end string
		notDone    bool
	}{
		"over, with both ends":             {[]change{period("2026-10-01", "2026-11-10")}, "2026-10-01", "2026-11-10", false},
		"over, and nobody says until when": {[]change{period("2026-10-01", "")}, "", "", false},
		"over, and nobody says since when": {[]change{period("", "2026-11-10")}, "", "2026-11-10", false},
		"one session":                      {[]change{at}, "", "", false},
		"no time":                          {nil, "", "", false},
		"going on since":                   {[]change{set("status", "in-progress"), period("2026-10-01", "")}, "2026-10-01", "", false},
		"going on since a session":         {[]change{set("status", "in-progress"), at}, "2026-10-05", "", false},
		"going on, as R5 writes it":        {[]change{set("status", "in-progress"), set("occurrencePeriod", object{"start": "2026-10-01"})}, "2026-10-01", "", false},
		"over, as R5 writes it":            {[]change{set("occurrencePeriod", object{"start": "2026-10-01", "end": "2026-11-10"})}, "2026-10-01", "2026-11-10", false},
		"stopped":                          {[]change{set("status", "stopped"), period("2026-10-01", "2026-10-20")}, "2026-10-01", "2026-10-20", false},
		"no status":                        {[]change{without("status"), period("2026-10-01", "2026-10-20")}, "2026-10-01", "2026-10-20", false},
		"not done":                         {[]change{set("status", "not-done")}, "", "", true},
		"a time in words":                  {[]change{set("status", "in-progress"), set("performedString", "since spring")}, "", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			r := readProcedures(t, procedure("p", snomed, "91251008", c.changes...))
			wantNoGaps(t, r)
			if len(r.Chart.Procedures) != 1 {
				t.Fatalf("%+v", r.Chart.Procedures)
			}
			p := r.Chart.Procedures[0]
			if p.Concept != pathway.PhysiotherapyDone || p.NotDone != c.notDone || p.Evidence.Reference != "Procedure/p" {
				t.Errorf("%+v", p)
			}
			for label, end := range map[string]struct {
				got  pathway.When
				want string
			}{"start": {p.Start, c.start}, "end": {p.End, c.end}} {
				if end.want == "" && end.got.Known() || end.want != "" && !end.got.Earliest.Equal(day(end.want)) {
					t.Errorf("%s %v, want %q", label, end.got, end.want)
				}
			}
		})
	}
	for _, s := range []string{"entered-in-error", "preparation"} {
		if r := readProcedures(t, procedure("p", snomed, "91251008", set("status", s))); len(r.Chart.Procedures) > 0 {
			t.Errorf("%s: %+v", s, r.Chart.Procedures)
		}
	}
	wantGap(t, readProcedures(t, procedure("p", "", "", set("code", object{}))), pathway.FromProcedures, fhir.ReasonNoCode)
	wantNoGaps(t, readProcedures(t, procedure("p", snomed, "80146002"), procedure("q", "", "", set("code", object{"text": "Fysioterapi"}))))
}
