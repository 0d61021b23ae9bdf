package fhir_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rygkort/fhir"
	"rygkort/pathway"
)

func status(code string) object {
	return object{"coding": []any{coding("http://terminology.hl7.org/CodeSystem/condition-status", code)}}
}

// Suspected counts as present, only "refuted" is a no, and what is missing is
// neither (docs/facts.md).
func TestADiagnosisIsReadByBothOfItsStatuses(t *testing.T) {
	suspected := []string{"unconfirmed", "provisional", "differential"}
	active := []string{"active", "recurrence", "relapse"}
	ended := []string{"inactive", "remission", "resolved"}
	for _, verification := range slices.Concat(suspected, []string{"confirmed", "refuted", "entered-in-error", "", "no-such-word"}) {
		for _, clinical := range slices.Concat(active, ended, []string{"", "unknown", "no-such-word"}) {
			t.Run(verification+" and "+clinical, func(t *testing.T) {
				c := condition("ces", icd10, "G83.4")
				if verification != "" {
					c["verificationStatus"] = status(verification)
				}
				if clinical != "" {
					c["clinicalStatus"] = status(clinical)
				}
				r := readConditions(t, c)
				wantNoGaps(t, r)
				if verification == "entered-in-error" {
					if len(r.Chart.Conditions) > 0 {
						t.Errorf("%+v, want it ignored", r.Chart.Conditions)
					}
					return
				}
				got := oneCondition(t, r)
				want := pathway.Condition{
					Concept: pathway.CaudaEquina, Refuted: verification == "refuted",
					Active: slices.Contains(active, clinical), Ended: slices.Contains(ended, clinical),
					Evidence: pathway.Evidence{
						Reference: "Condition/ces", Concept: pathway.CaudaEquina, Code: icd10 + "|G83.4", Display: got.Evidence.Display,
						Suspected: slices.Contains(suspected, verification),
					},
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// dk-core records carry a local coding beside HL7's.
func TestAStatusIsFoundAmongSeveralCodings(t *testing.T) {
	several := func(codes ...string) object {
		var all []any
		for _, code := range codes {
			all = append(all, coding("urn:oid:1.2.208.999.2", code))
		}
		return object{"coding": all}
	}
	gone := readConditions(t, condition("c", icpc2, "U08", set("verificationStatus", several("fejl", "entered-in-error"))))
	if len(gone.Chart.Conditions) > 0 {
		t.Errorf("%+v, want the error ignored", gone.Chart.Conditions)
	}
	if c := oneCondition(t, readConditions(t, condition("c", icpc2, "U08", set("verificationStatus", several("", "afkræftet", "refuted"))))); !c.Refuted {
		t.Error("refuted was not found")
	}
	if c := oneCondition(t, readConditions(t, condition("c", icpc2, "U08", set("clinicalStatus", several("afsluttet", "resolved"))))); !c.Ended {
		t.Error("resolved was not found")
	}
	if c := oneCondition(t, readConditions(t, condition("c", icpc2, "U08", set("clinicalStatus", object{"text": "resolved"})))); c.Ended || c.Active {
		t.Error("a status in words only was taken for one")
	}
}

func TestWhatIsNoLongerFollowedIsNotRecovered(t *testing.T) {
	c := oneCondition(t, readConditions(t, condition("back", icpc2, "L86",
		set("clinicalStatus", status("active")),
		set("category", []any{}),
		set("extension", []any{object{
			"url": "http://hl7.dk/fhir/core/StructureDefinition/NotFollowedAnymore", "valueDateTime": "2026-10-01",
		}}))))
	if !c.Active || c.Ended || c.Refuted || c.Abated.Known() {
		t.Errorf("%+v, want it present", c)
	}
}

// Codes are one code however they are written, and one that stands under a
// system it cannot belong to is still evidence for.
func TestACodeIsReadInEveryDress(t *testing.T) {
	for name, c := range map[string]struct {
		system, code string
		want         pathway.Concept
		misplaced    bool
	}{
		"SKS":                             {sks, "DG834", pathway.CaudaEquina, false},
		"SKS with a side":                 {sks, "DM544+TUL1", pathway.NerveRoot, false},
		"ICD-10 with a dot":               {icd10, "G83.4", pathway.CaudaEquina, false},
		"ICD-10 without":                  {icd10, "G834", pathway.CaudaEquina, false},
		"ICPC-2 under the Danish OID":     {icpc2, "L86", pathway.NerveRoot, false},
		"ICPC-2 under HL7's URI":          {"http://hl7.org/fhir/sid/icpc-2", "L86", pathway.NerveRoot, false},
		"SNOMED CT":                       {snomed, "192970008", pathway.CaudaEquina, false},
		"with a version and spaces":       {" " + snomed + "/|2026 ", " 192970008 ", pathway.CaudaEquina, false},
		"ICPC-2 under the SKS OID":        {sks, "L86", pathway.NerveRoot, true},
		"SKS under the ICPC-2 OID":        {icpc2, "DG834", pathway.CaudaEquina, true},
		"ICD-10 with a dot under ICPC-2":  {icpc2, "G83.4", pathway.CaudaEquina, true},
		"retention, ICPC-2 under the SKS": {sks, "U08", pathway.UrinaryRetention, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := readConditions(t, condition("c", c.system, c.code))
			got := oneCondition(t, r)
			if got.Concept != c.want || got.Misplaced != c.misplaced {
				t.Errorf("%s, misplaced %v; want %s, %v", got.Concept, got.Misplaced, c.want, c.misplaced)
			}
			if noted(r, "Condition/c", "/code", "another code system") != c.misplaced {
				t.Errorf("notes %+v", r.Notes)
			}
		})
	}
}

// A misplaced code is evidence for and never against: it stays marked, so that
// no refutation and no page is concluded from it.
func TestAMisplacedCodeNeverSaysNo(t *testing.T) {
	if c := oneCondition(t, readConditions(t, condition("c", icpc2, "DG834", set("verificationStatus", status("refuted"))))); !c.Refuted || !c.Misplaced {
		t.Errorf("%+v, want it refuted and marked", c)
	}
	r := readConditions(t, condition("c", sks, "L84"))
	for _, c := range r.Chart.Conditions {
		if c.Concept == pathway.NonspecificStated {
			t.Error("a misplaced L84 states that there is no radiating pain")
		}
	}
	both := readConditions(t, condition("c", sks, "L86", set("code", object{"coding": []any{coding(sks, "L86"), coding(icpc2, "L86")}})))
	if !slices.ContainsFunc(both.Chart.Conditions, func(c pathway.Condition) bool { return c.Concept == pathway.NerveRoot && !c.Misplaced }) {
		t.Errorf("%+v, want the one in its own system among them", both.Chart.Conditions)
	}
}

func TestADiagnosisOfTwoConceptsGivesBoth(t *testing.T) {
	var found []pathway.Concept
	for _, c := range readConditions(t, condition("c", icpc2, "L84")).Chart.Conditions {
		found = append(found, c.Concept)
	}
	slices.Sort(found)
	if diff := cmp.Diff([]pathway.Concept{pathway.LowBackPain, pathway.NonspecificStated}, found); diff != "" {
		t.Error(diff)
	}
}

func TestTheNameShownIsTheRecordsOwn(t *testing.T) {
	coded := object{"system": icd10, "code": "G83.4", "display": "Cauda equina syndrom"}
	for want, code := range map[string]object{
		"Cauda equina syndrom":  {"coding": []any{coded}, "text": "obs. cauda"},
		"Cauda equina syndrome": {"coding": []any{coding(icd10, "G83.4")}},
	} {
		if got := oneCondition(t, readConditions(t, condition("c", "", "", set("code", code)))).Evidence.Display; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestADiagnosisWithoutAReadableCodeIsNamedAndNeverGuessed(t *testing.T) {
	for name, code := range map[string]any{
		"no code":             nil,
		"an empty code":       object{},
		"an empty coding":     object{"coding": []any{object{}}},
		"only a system":       object{"coding": []any{object{"system": icd10}}},
		"a code of blanks":    object{"coding": []any{coding(icd10, "  ")}},
		"a code that is none": object{"coding": []any{object{"system": icd10, "code": object{"x": 1}}}},
		"a string":            "G83.4",
		"no code system":      object{"coding": []any{object{"code": "G83.4"}}},
		"an empty system":     object{"coding": []any{coding("", "G83.4")}},
		"a system that is none": object{
			"coding": []any{object{"system": object{"x": 1}, "code": "G83.4"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := readConditions(t, condition("c", "", "", set("code", code)), retention())
			if gap := wantGap(t, r, pathway.FromConditions, fhir.ReasonNoCode); gap.Reference != "Condition/c" || gap.Whole {
				t.Errorf("%+v", gap)
			}
			if !findsRetention(r) || len(r.Chart.Conditions) != 1 {
				t.Errorf("%+v, want the retention alone", r.Chart.Conditions)
			}
		})
	}
	t.Run("words alone are noted, and are no diagnosis", func(t *testing.T) {
		r := readConditions(t, condition("c", "", "", set("code", object{"text": "obs. cauda equina"})))
		wantNoGaps(t, r)
		wantNote(t, r, "Condition/c", "/code", "text without a code")
		if len(r.Chart.Conditions) > 0 {
			t.Errorf("%+v", r.Chart.Conditions)
		}
	})
}

// TestAStatusThatSaysBothSaysTheWorse: what is refuted and confirmed is not
// refuted, what is active and resolved has not ended.
func TestAStatusThatSaysBothSaysTheWorse(t *testing.T) {
	both := func(words ...string) object {
		var codings []any
		for _, word := range words {
			codings = append(codings, object{"code": word})
		}
		return object{"coding": codings}
	}
	for _, other := range []string{"confirmed", "unconfirmed", "provisional", "differential"} {
		for _, words := range [][]string{{"refuted", other}, {other, "refuted"}} {
			if oneCondition(t, readConditions(t, condition("c", icd10, "G83.4", set("verificationStatus", both(words...))))).Refuted {
				t.Errorf("%v is refuted", words)
			}
		}
	}
	for _, other := range []string{"active", "recurrence", "relapse"} {
		for _, words := range [][]string{{"resolved", other}, {other, "inactive"}} {
			if c := oneCondition(t, readConditions(t, condition("c", icd10, "G83.4", set("clinicalStatus", both(words...))))); c.Ended || !c.Active {
				t.Errorf("%v: %+v", words, c)
			}
		}
	}
}

// TestAnAlarmingDiagnosisThatCannotBeReadIsASuspicion holds B-18: its code alone
// is more than nothing.
func TestAnAlarmingDiagnosisThatCannotBeReadIsASuspicion(t *testing.T) {
	deep := any("x")
	for range fhir.MaxDepth + 5 {
		deep = object{"extension": []any{object{"url": "urn:x", "valueReference": deep}}}
	}
	r := readConditions(t, condition("c", icd10, "G83.4", set("extension", []any{deep})))
	wantGap(t, r, pathway.FromConditions, fhir.ReasonTooDeep)
	c := oneCondition(t, r)
	if c.Concept != pathway.CaudaEquina || !c.Evidence.Suspected || c.Recorded.Known() || c.Evidence.Reference != "Condition/c" {
		t.Errorf("%+v", c)
	}
	r = readConditions(t, condition("c", icpc2, "U08", set("extension", []any{deep})))
	wantGap(t, r, pathway.FromConditions, fhir.ReasonTooDeep)
	if len(r.Chart.Conditions) > 0 {
		t.Errorf("%+v, want retention to be left open", r.Chart.Conditions)
	}
}

func TestADiagnosisNamesItsEncounter(t *testing.T) {
	for to, want := range map[string]string{
		"Encounter/today": "today", "https://ehr.example/fhir/Encounter/today": "today", "Encounter/today/_history/3": "today",
		"#today": "", "urn:uuid:5f1d": "", "EpisodeOfCare/today": "", "today": "",
	} {
		if got := oneCondition(t, readConditions(t, condition("c", icpc2, "U08", set("encounter", reference(to))))).Encounter; got != want {
			t.Errorf("%s: %q, want %q", to, got, want)
		}
	}
}

func TestACodeOfAnUnknownSystemIsNamed(t *testing.T) {
	r := readConditions(t, condition("c", "http://hl7.org/fhir/sid/icd-10-cm", "G83.4"), condition("d", icd10, "I21.9"))
	wantNoGaps(t, r)
	if len(r.Chart.Conditions) > 0 {
		t.Errorf("%+v, want no guess", r.Chart.Conditions)
	}
	wantNote(t, r, "Condition/c", "/code", "no code system that is known")
	if len(r.Notes) != 1 {
		t.Errorf("notes %+v, want none on a code that is known to say something else", r.Notes)
	}
}

// Requirements R55 to R59: what clients are asked to support, and no more.
func TestTheTemplatesStayWithinWhatClientsSupport(t *testing.T) {
	templates := fhir.Templates()
	if len(templates) != len(fhir.Keys()) {
		t.Errorf("%d templates for %d keys", len(templates), len(fhir.Keys()))
	}
	for _, source := range fhir.Keys() {
		template := templates[source]
		if template == "" || len(template) > 2000 || strings.Contains(template, "today") || strings.ContainsAny(template, " |:") {
			t.Errorf("%s: %q", source, template)
		}
		_, query, _ := strings.Cut(template, "?")
		parameters, err := url.ParseQuery(query)
		if err != nil {
			t.Errorf("%s: %v", source, err)
		}
		for name, values := range parameters {
			if len(values) != 1 {
				t.Errorf("%s: %s is given %d times", source, name, len(values))
			}
		}
	}
	for _, item := range slices.Concat(pathway.RedFlagItems(), []pathway.Concept{pathway.RedFlagCheck, pathway.LegStrength}) {
		if !strings.Contains(templates[pathway.FromObservations], string(item)) {
			t.Errorf("%s is never asked for", item)
		}
	}
}
