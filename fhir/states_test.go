package fhir_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"rygkort/fhir"
	"rygkort/pathway"
)

// retention is the red flag that stands in the keys below.
func retention() object { return condition("retention", icpc2, "U08") }

// keyCase is a value of the key "conditions", and what has to be understood.
type keyCase struct {
	value  any
	state  fhir.State
	reason string // of the gap; empty for none
	whole  bool   // the key as a whole, not one resource of it
	found  bool   // the red flag in it was read
}

// judge reads the value under every key but the patient's and holds it against
// the case. The shape of a key does not depend on which key it is.
func (c keyCase) judge(t *testing.T) {
	t.Helper()
	r := read(t, prefetch{pathway.FromConditions: c.value})
	if got := r.States[pathway.FromConditions]; got != c.state {
		t.Errorf("state %s, want %s", got, c.state)
	}
	if c.reason == "" {
		wantNoGaps(t, r)
	} else if gap := wantGap(t, r, pathway.FromConditions, c.reason); gap.Whole != c.whole {
		t.Errorf("gap %+v, want whole %v", gap, c.whole)
	}
	if got := findsRetention(r); got != c.found {
		t.Errorf("the red flag was read: %v, want %v", got, c.found)
	}
}

func TestOnlyNullAndAnEmptySearchMeanNothingThere(t *testing.T) {
	for name, value := range map[string]any{
		"null":                                           nil,
		"a Bundle without entry":                         raw(`{"resourceType": "Bundle", "type": "searchset"}`),
		"a Bundle with an empty list":                    raw(`{"resourceType": "Bundle", "entry": []}`),
		"a Bundle with null for its list":                raw(`{"resourceType": "Bundle", "entry": null}`),
		"a Bundle with total 0":                          raw(`{"resourceType": "Bundle", "total": 0, "link": [{"relation": "self", "url": "x"}]}`),
		"a Bundle that does not say so, empty":           raw(`{"type": "searchset", "entry": []}`),
		"a Bundle that does not say so, total 0":         raw(`{"type": "searchset", "total": 0}`),
		"an empty list":                                  raw(`[]`),
		"a Bundle with a remark and nothing else":        bundle(outcome("information")),
		"a list of one empty Bundle":                     []any{bundle()},
		"a Bundle whose only link is to the page before": searched(nil, set("link", []any{object{"relation": "previous"}})),
	} {
		t.Run(name, func(t *testing.T) { keyCase{value: value, state: fhir.None}.judge(t) })
	}
}

func TestTheDataAreTakenInAnyWrapping(t *testing.T) {
	entry := object{"resource": retention()}
	for name, value := range map[string]any{
		"a Bundle":                            bundle(retention()),
		"a Bundle without type":               object{"resourceType": "Bundle", "entry": []any{entry}},
		"a Bundle that does not say so":       object{"entry": []any{entry}},
		"an odd type and an odd search.mode":  object{"resourceType": "Bundle", "type": "result", "entry": []any{object{"resource": retention(), "search": object{"mode": "hit"}}}},
		"entry is an object":                  object{"resourceType": "Bundle", "entry": entry},
		"entry.resource is a list":            object{"resourceType": "Bundle", "entry": []any{object{"resource": []any{retention()}}}},
		"a list of resources":                 []any{retention(), condition("back", icpc2, "L84")},
		"a list of Bundles":                   []any{bundle(), bundle(retention())},
		"the resource alone":                  retention(),
		"the type written after the entries":  raw(`{"entry": [{"resource": {"code": {"coding": [{"code": "U08", "system": "` + icpc2 + `"}]}, "resourceType": "Condition"}}], "resourceType": "Bundle"}`),
		"member names and slashes in escapes": raw(`{"resourceType": "Bundle", "entr\u0079": [{"resource": {"resourceT\u0079pe": "Conditio\u006e", "\u0063ode": {"coding": [{"s\u0079stem": "http:\/\/snomed.info\/sct", "code": "267064\u003002"}]}}}]}`),
		"a total that is no number":           searched([]any{retention()}, set("total", "many")),
		"a total that is a fraction":          searched([]any{retention()}, set("total", 1.5)),
		"a total that is negative":            searched([]any{retention()}, set("total", -1)),
		"a total that fits":                   searched([]any{retention()}, set("total", 1)),
		"a total that fits, in quotes":        searched([]any{retention()}, set("total", "1")),
		"a total smaller than the entries":    searched([]any{retention(), condition("back", icpc2, "L84")}, set("total", 1)),
		"another's resource included":         bundle(retention(), object{"resourceType": "Organization", "id": "practice"}),
		"a link to this page":                 searched([]any{retention()}, set("link", []any{object{"relation": "self", "url": "x"}})),
		"a link without a relation":           searched([]any{retention()}, set("link", object{"url": "x"})),
		"links that are no links":             searched([]any{retention()}, set("link", []any{"next", nil, 5})),
	} {
		t.Run(name, func(t *testing.T) { keyCase{value: value, state: fhir.Given, found: true}.judge(t) })
	}
}

func TestAnAbsentKeyIsNotAskedAndSaysNothing(t *testing.T) {
	r := callWith(t, nil).by(reader(t))
	want := make([]pathway.Gap, 0, len(fhir.Keys()))
	for _, source := range fhir.Keys() {
		if got := r.States[source]; got != fhir.NotAsked {
			t.Errorf("%s: state %s", source, got)
		}
		want = append(want, pathway.Gap{Source: source, Whole: true, Reason: fhir.ReasonNotGiven})
	}
	if diff := cmp.Diff(want, r.Chart.Gaps); diff != "" {
		t.Error(diff)
	}
}

func TestAnOperationOutcomeIsTriedInVainWhateverItsSeverity(t *testing.T) {
	for _, severity := range []string{"fatal", "error", "warning", "information", ""} {
		t.Run(severity, func(t *testing.T) {
			keyCase{value: outcome(severity), state: fhir.Failed, reason: fhir.ReasonFailed, whole: true}.judge(t)
		})
	}
}

func TestAnOutcomeAmongTheEntriesFailsTheKeyOnlyWhereItTellsOfAnError(t *testing.T) {
	failed := keyCase{state: fhir.Failed, reason: fhir.ReasonFailed, whole: true, found: true}
	given := keyCase{state: fhir.Given, found: true}
	noIssue := object{"resourceType": "OperationOutcome"}
	for name, c := range map[string]struct {
		outcome any
		want    keyCase
	}{
		"fatal":                        {outcome("fatal"), failed},
		"error":                        {outcome("error"), failed},
		"a severity of no release":     {outcome("grave"), failed},
		"no severity":                  {object{"resourceType": "OperationOutcome", "issue": []any{object{}}}, failed},
		"no issue":                     {noIssue, failed},
		"an empty list of issues":      {object{"resourceType": "OperationOutcome", "issue": []any{}}, failed},
		"issue is no issue":            {object{"resourceType": "OperationOutcome", "issue": "x"}, failed},
		"an error beside a remark":     {object{"resourceType": "OperationOutcome", "issue": []any{object{"severity": "information"}, object{"severity": "error"}}}, failed},
		"an object for the issue list": {object{"resourceType": "OperationOutcome", "issue": object{"severity": "error"}}, failed},
		"warning":                      {outcome("warning"), given},
		"information":                  {outcome("information"), given},
		"success, as R5 has it":        {outcome("success"), given},
		"a remark as an object":        {object{"resourceType": "OperationOutcome", "issue": object{"severity": "information"}}, given},
	} {
		t.Run(name, func(t *testing.T) {
			c.want.value = bundle(c.outcome, retention())
			c.want.judge(t)
		})
		t.Run(name+", in a list of resources", func(t *testing.T) {
			c.want.value = []any{retention(), c.outcome}
			c.want.judge(t)
		})
	}
	t.Run("and alone it leaves nothing that was looked at", func(t *testing.T) {
		keyCase{value: bundle(outcome("error")), state: fhir.Failed, reason: fhir.ReasonFailed, whole: true}.judge(t)
	})
	t.Run("and is not asked again for a further page", func(t *testing.T) {
		cut := searched([]any{outcome("error"), retention()}, set("link", []any{object{"relation": "next"}}), set("total", 9))
		failed.value = cut
		failed.judge(t)
	})
}

func TestABundleWithMoreToComeIsCutShort(t *testing.T) {
	for name, value := range map[string]any{
		"a next link":                             searched([]any{retention()}, set("link", []any{object{"relation": "self"}, object{"relation": "next", "url": "x"}})),
		"a next link as an object":                searched([]any{retention()}, set("link", object{"url": "x", "relation": "next"})),
		"a next link before the entries":          raw(`{"link": [{"relation": "next"}], "entry": [{"resource": {"resourceType": "Condition", "code": {"coding": [{"system": "` + icpc2 + `", "code": "U08"}]}}}], "resourceType": "Bundle"}`),
		"a total larger than the entries":         searched([]any{retention()}, set("total", 2)),
		"a larger total in quotes":                searched([]any{retention()}, set("total", "2")),
		"a total that included resources hide":    searched([]any{retention(), object{"resourceType": "Organization", "id": "practice"}}, set("total", 2)),
		"a total that a remark hides":             searched([]any{retention(), outcome("information")}, set("total", 2)),
		"the first of two Bundles has a next one": []any{searched([]any{retention()}, set("link", object{"relation": "next"})), bundle()},
	} {
		t.Run(name, func(t *testing.T) {
			keyCase{value: value, state: fhir.CutShort, reason: fhir.ReasonCutShort, whole: true, found: true}.judge(t)
		})
	}
	for name, value := range map[string]any{
		"an empty page with a next link": searched(nil, set("link", []any{object{"relation": "next"}})),
		"only a total":                   raw(`{"resourceType": "Bundle", "total": 3}`),
		"only a total in quotes":         raw(`{"resourceType": "Bundle", "total": "3"}`),
	} {
		t.Run(name, func(t *testing.T) {
			keyCase{value: value, state: fhir.CutShort, reason: fhir.ReasonCutShort, whole: true}.judge(t)
		})
	}
}

// What stands in a key but is no resource was never looked at. Taking it for
// an empty search would be a "no" out of nothing.
func TestWhatIsNoResourceIsNeverNothingThere(t *testing.T) {
	for name, value := range map[string]any{
		"an empty object":            raw(`{}`),
		"the body of an error":       raw(`{"error": "unauthorized", "status": 401}`),
		"a resourceType of no text":  raw(`{"resourceType": 5}`),
		"a resourceType of null":     raw(`{"resourceType": null, "id": "x"}`),
		"an empty resourceType":      raw(`{"resourceType": ""}`),
		"a string":                   raw(`"none"`),
		"a Bundle in quotes":         raw(`"{\"resourceType\":\"Bundle\"}"`),
		"an empty string":            raw(`""`),
		"a number":                   raw(`0`),
		"true":                       raw(`true`),
		"false":                      raw(`false`),
		"nothing at all":             raw(` `),
		"a Bundle that breaks off":   raw(`{"resourceType": "Bundle", "entry": [`),
		"a list that breaks off":     raw(`[`),
		"a Bundle named bundle":      raw(`{"resourceType": "bundle2", "entry": []}`),
		"a List, which has entries":  raw(`{"resourceType": "List", "entry": [{"item": {"reference": "Condition/1"}}]}`),
		"a resource of another type": patient(),
		"a Bundle of another type":   bundle(patient(), encounter("e")),
		"a list of another type":     []any{encounter("e")},
	} {
		t.Run(name, func(t *testing.T) {
			call := callWith(t, nil)
			for _, source := range fhir.Keys() {
				call.Prefetch[source] = raw("null")
			}
			text, isRaw := value.(interface{ String() string })
			if isRaw {
				call.Prefetch[pathway.FromConditions] = raw(text.String())
			} else {
				call.Prefetch[pathway.FromConditions] = encoded(t, value)
			}
			r := call.by(reader(t))
			if got := r.States[pathway.FromConditions]; got != fhir.Failed {
				t.Errorf("state %s, want failed", got)
			}
			if len(r.Chart.Gaps) != 1 || r.Chart.Gaps[0].Source != pathway.FromConditions || !r.Chart.Gaps[0].Whole {
				t.Errorf("gaps %+v, want conditions as a whole", r.Chart.Gaps)
			}
		})
	}
}

func TestAnEntryThatCannotBeReadIsAGapAndHidesNoneBesideIt(t *testing.T) {
	for name, entry := range map[string]string{
		"entry is null":                  `null`,
		"entry is a string":              `"Condition/1"`,
		"entry is a number":              `5`,
		"entry is a list":                `[]`,
		"entry is empty":                 `{}`,
		"entry without a resource":       `{"fullUrl": "urn:uuid:1", "response": {"status": "404"}}`,
		"resource is null":               `{"resource": null}`,
		"resource is a string":           `{"resource": "Condition/1"}`,
		"resource is empty":              `{"resource": {}}`,
		"resource is an empty list":      `{"resource": []}`,
		"resource is a list of numbers":  `{"resource": [1]}`,
		"resource without a type":        `{"resource": {"id": "x", "code": {"coding": [{"system": "http://snomed.info/sct", "code": "267064002"}]}}}`,
		"resource with a type of no use": `{"resource": {"resourceType": 1}}`,
		"a Bundle in the Bundle":         `{"resource": {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Condition", "id": "x"}}]}}`,
	} {
		t.Run(name, func(t *testing.T) {
			plain := string(encoded(t, object{"resource": retention()}))
			for _, entries := range []string{"[" + entry + "," + plain + "]", "[" + plain + "," + entry + "]"} {
				r := read(t, prefetch{pathway.FromConditions: raw(`{"resourceType": "Bundle", "entry": ` + entries + `}`)})
				if !findsRetention(r) {
					t.Error("the red flag beside it was lost")
				}
				if gap := wantGap(t, r, pathway.FromConditions, fhir.ReasonNoResource); gap.Whole {
					t.Errorf("%+v: one entry is not the whole key", gap)
				}
				place := fmt.Sprintf("/entry/%d", strings.Count(entries[:strings.Index(entries, entry)], plain))
				if len(r.Notes) != 1 || !strings.HasPrefix(r.Notes[0].Pointer, place) {
					t.Errorf("notes %+v, want one on %s", r.Notes, place)
				}
			}
			alone := read(t, prefetch{pathway.FromConditions: raw(`{"resourceType": "Bundle", "entry": [` + entry + `]}`)})
			if got := alone.States[pathway.FromConditions]; got == fhir.None {
				t.Error("alone, it passes for an empty search")
			}
			if len(alone.Chart.Gaps) == 0 {
				t.Error("alone, it leaves no gap")
			}
		})
	}
	for _, entries := range []string{`"x"`, `5`, `true`} {
		r := read(t, prefetch{pathway.FromConditions: raw(`{"resourceType": "Bundle", "entry": ` + entries + `}`)})
		if got := r.States[pathway.FromConditions]; got == fhir.None || len(r.Chart.Gaps) == 0 {
			t.Errorf("entry: %s passes for an empty search: %s, %v", entries, got, r.Chart.Gaps)
		}
	}
	for _, list := range []string{`[null]`, `[5]`, `["x"]`, `[[]]`} {
		r := read(t, prefetch{pathway.FromConditions: raw(list)})
		if got := r.States[pathway.FromConditions]; got == fhir.None || len(r.Chart.Gaps) == 0 {
			t.Errorf("%s passes for an empty search: %s, %v", list, got, r.Chart.Gaps)
		}
	}
}

// A client may send whatever it likes: what is odd is counted, and only so much
// of it is named.
func TestABodyOfNothingButOddPlacesStaysSmall(t *testing.T) {
	for _, body := range []string{"[" + strings.Repeat("1,", 100_000), `[` + strings.Repeat("{},", 100_000), `{"entry": [` + strings.Repeat("{},", 100_000)} {
		tail := string(encoded(t, retention())) + "]"
		if body[0] == '{' {
			tail = `{"resource": ` + strings.TrimSuffix(tail, "]") + `}]}`
		}
		r := read(t, prefetch{pathway.FromConditions: raw(body + tail)})
		if !findsRetention(r) {
			t.Errorf("%.20s: the red flag was lost", body)
		}
		if len(r.Notes) != 100 || len(r.Chart.Gaps) != 100 {
			t.Errorf("%.20s: %d notes, %d gaps", body, len(r.Notes), len(r.Chart.Gaps))
		}
	}
}

func TestUnknownKeysAreIgnored(t *testing.T) {
	keys := prefetch{pathway.FromConditions: bundle(condition("back", icpc2, "L84"))}
	plain := read(t, keys)
	keys["medications"] = bundle(retention())
	keys[""] = raw(`5`)
	if diff := cmp.Diff(plain, read(t, keys)); diff != "" {
		t.Error(diff)
	}
}

// TestEachKeyHasAStateOfItsOwn gives every key each state while the others are
// there, and demands that only that key is affected.
func TestEachKeyHasAStateOfItsOwn(t *testing.T) {
	resources := map[pathway.Source]object{
		pathway.FromPatient: patient(), pathway.FromConditions: retention(),
		pathway.FromObservations: answered("o", pathway.Paralysis, "yes"), pathway.FromEncounters: encounter("e"),
		pathway.FromRequests:   serviceRequest("r", orderCode, "mri-lumbar"),
		pathway.FromProcedures: procedure("p", snomed, "91251008"),
	}
	for _, source := range fhir.Keys() {
		for state, value := range map[fhir.State]any{
			fhir.Given:    bundle(resources[source]),
			fhir.None:     nil,
			fhir.Failed:   outcome("error"),
			fhir.CutShort: searched([]any{resources[source]}, set("link", object{"relation": "next"})),
			fhir.NotAsked: "absent",
		} {
			t.Run(string(source)+" "+state.String(), func(t *testing.T) {
				keys := prefetch{}
				for other, resource := range resources {
					keys[other] = bundle(resource)
				}
				keys[source] = value
				call := callWith(t, keys)
				if state == fhir.NotAsked {
					delete(call.Prefetch, source)
				}
				r := call.by(reader(t))
				for _, other := range fhir.Keys() {
					want := fhir.Given
					if other == source {
						want = state
					}
					if r.States[other] != want {
						t.Errorf("%s: state %s, want %s", other, r.States[other], want)
					}
				}
				gaps := 1
				if state == fhir.Given || state == fhir.None {
					gaps = 0
				}
				if len(r.Chart.Gaps) != gaps {
					t.Errorf("gaps %+v, want %d", r.Chart.Gaps, gaps)
				}
			})
		}
	}
}

// A key in which everything is about somebody else was asked for the wrong
// patient: what is not in it is not known to be absent.
func TestAKeyThatIsWhollyAboutAnotherPatientWasNotLookedAt(t *testing.T) {
	somebody := set("subject", reference("Patient/somebody-else"))
	wrong := read(t, prefetch{pathway.FromConditions: bundle(
		condition("a", icpc2, "U08", somebody), condition("b", snomed, "22298006", somebody))})
	if len(wrong.Chart.Conditions) > 0 {
		t.Errorf("%+v", wrong.Chart.Conditions)
	}
	if got := wrong.States[pathway.FromConditions]; got != fhir.Failed {
		t.Errorf("state %s, want failed", got)
	}
	if gap := wantGap(t, wrong, pathway.FromConditions, fhir.ReasonForeign); !gap.Whole {
		t.Errorf("%+v", gap)
	}

	one := read(t, prefetch{pathway.FromConditions: bundle(
		condition("a", icpc2, "U08", somebody), condition("b", snomed, "22298006"))})
	wantNoGaps(t, one)
	if got := one.States[pathway.FromConditions]; got != fhir.Given {
		t.Errorf("one of two: state %s, want given", got)
	}

	otherPatient := read(t, prefetch{pathway.FromPatient: patient(set("id", "somebody-else"))})
	if otherPatient.Chart.Birth.Known() || otherPatient.States[pathway.FromPatient] != fhir.Failed {
		t.Errorf("another Patient: born %v, state %s", otherPatient.Chart.Birth, otherPatient.States[pathway.FromPatient])
	}
}

func TestAStateHasOneName(t *testing.T) {
	for state, want := range map[fhir.State]string{
		fhir.NotAsked: "not-asked", fhir.Given: "given", fhir.None: "none", fhir.Failed: "failed", fhir.CutShort: "cut-short",
	} {
		if got := state.String(); got != want {
			t.Errorf("%d: %s, want %s", state, got, want)
		}
	}
}

// TestAResourceNestedTooDeeplyIsAGap of what its code speaks of, and hides
// nothing beside it.
func TestAResourceNestedTooDeeplyIsAGap(t *testing.T) {
	deep := any("x")
	for range fhir.MaxDepth {
		deep = []any{deep}
	}
	r := read(t, prefetch{pathway.FromConditions: bundle(
		condition("deep", icpc2, "L03", set("extension", deep)), retention(),
	)})
	want := []pathway.Gap{{
		Source: pathway.FromConditions, Reason: fhir.ReasonTooDeep, Reference: "Condition/deep", Concept: pathway.LowBackPain,
	}}
	if diff := cmp.Diff(want, r.Chart.Gaps); diff != "" {
		t.Error(diff)
	}
	if !findsRetention(r) {
		t.Error("the diagnosis beside it was lost")
	}
}

// TestNotesNameThePlaceInTheValue whether it is all there is or stands inside
// a call.
func TestNotesNameThePlaceInTheValue(t *testing.T) {
	for name, around := range map[string]string{"alone": `%s`, "in a call": `{"prefetch": {"conditions": %s}}`} {
		body := fmt.Appendf(nil, around, `{"resourceType": "Bundle", "entry": [{}, {"resource": "x"}]}`)
		dec := jsontext.NewDecoder(bytes.NewBuffer(body))
		for range strings.Count(around, "{") * 2 {
			if _, err := dec.ReadToken(); err != nil {
				t.Fatal(err)
			}
		}
		call := callWith(t, nil)
		call.Record = reader(t).Record()
		if err := call.Record.Walk(pathway.FromConditions, dec, body); err != nil {
			t.Fatal(err)
		}
		var places []string
		for _, note := range reader(t).Read(t.Context(), call.Call).Notes {
			places = append(places, note.Pointer)
		}
		if diff := cmp.Diff([]string{"/entry/0", "/entry/1/resource"}, places); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestTinyEntriesWithoutEndAreCutShort: the body is bounded, and what is kept of
// it has to be as well.
func TestTinyEntriesWithoutEndAreCutShort(t *testing.T) {
	entries := strings.TrimSuffix(strings.Repeat(`{"resource":{"resourceType":"List"}},`, 30_000), ",")
	r := read(t, prefetch{pathway.FromConditions: raw(`{"resourceType":"Bundle","entry":[` + string(encoded(t, object{"resource": retention()})) + `,` + entries + `]}`)})
	if got := r.States[pathway.FromConditions]; got != fhir.CutShort {
		t.Errorf("state %s, want cut-short", got)
	}
	if !findsRetention(r) {
		t.Error("the diagnosis in front of them was lost")
	}
}
