package fhir_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rygkort/fhir"
	"rygkort/internal/demo"
	"rygkort/pathway"
)

// demoCalls are the calls about the demo patients, by patient and hook.
func demoCalls(t testing.TB) map[string]call {
	t.Helper()
	d, err := demo.New(now)
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string]call{}
	for _, p := range d.Patients() {
		for _, hook := range []pathway.Hook{pathway.PatientView, pathway.OrderSelect} {
			body, err := d.Call(p.ID, string(hook), "")
			if err != nil {
				t.Fatal(err)
			}
			var sent struct {
				Context struct {
					PatientID   string         `json:"patientId"`
					EncounterID string         `json:"encounterId"`
					Selections  []string       `json:"selections"`
					DraftOrders jsontext.Value `json:"draftOrders"`
				} `json:"context"`
				Prefetch map[pathway.Source]jsontext.Value `json:"prefetch"`
			}
			if err := json.Unmarshal(body, &sent); err != nil {
				t.Fatal(err)
			}
			calls[p.ID+" "+string(hook)] = call{
				Call: fhir.Call{
					Hook: hook, Patient: sent.Context.PatientID, Encounter: sent.Context.EncounterID, AsOf: now(),
					Selections: sent.Context.Selections,
				},
				Prefetch: sent.Prefetch, DraftOrders: sent.Context.DraftOrders,
			}
		}
	}
	return calls
}

// rewriter writes JSON anew, saying the same in another way.
type rewriter struct {
	random *rand.Rand
	names  int // that nobody knows, so far: a name given twice is another matter
	wraps  int // how many more objects may become lists: each is mended by itself
}

// lists are the members of which one element may stand without its list.
var lists = []string{"entry", "coding", "component", "reasonCode", "reasonReference", "diagnosis", "category", "link", "identifier", "contained"}

// single are the members whose object may stand in a list.
var single = []string{"code", "subject", "encounter", "period", "valueCodeableConcept", "bodySite", "verificationStatus", "class", "resource", "onsetPeriod", "condition"}

func (w *rewriter) write(b *bytes.Buffer, name string, value any) {
	switch v := value.(type) {
	case map[string]any:
		if slices.Contains(single, name) && w.wraps > 0 && w.random.IntN(6) == 0 {
			w.wraps--
			b.WriteByte('[')
			w.object(b, v)
			b.WriteByte(']')
			return
		}
		w.object(b, v)
	case []any:
		_, isObject := first(v).(map[string]any)
		if len(v) == 1 && isObject && slices.Contains(lists, name) && w.random.IntN(3) == 0 {
			w.write(b, "", v[0])
			return
		}
		b.WriteByte('[')
		for i, element := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			w.write(b, "", element)
		}
		b.WriteByte(']')
	default:
		text, err := json.Marshal(v)
		if err != nil {
			text = []byte("null")
		}
		b.Write(text)
	}
}

func first(list []any) any {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// object writes the members in any order, with some that FHIR does not know.
func (w *rewriter) object(b *bytes.Buffer, members map[string]any) {
	names := slices.Sorted(maps.Keys(members))
	w.random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	b.WriteByte('{')
	for i, name := range names {
		if i > 0 {
			b.WriteString(" , ")
		}
		if w.random.IntN(5) == 0 {
			unknown := []string{`null`, `5`, `"x"`, `[]`, `{}`, `[[1,{"code":"U08"}]]`, `{"resourceType":"Condition","id":"y","subject":{"reference":"Patient/other"}}`}
			w.names++
			fmt.Fprintf(b, `"zz%d":%s,`, w.names, unknown[w.random.IntN(len(unknown))])
		}
		fmt.Fprintf(b, "%q : ", name)
		w.write(b, name, members[name])
	}
	b.WriteByte('}')
}

func (w *rewriter) rewrite(t testing.TB, value jsontext.Value) jsontext.Value {
	t.Helper()
	var tree any
	if err := json.Unmarshal(value, &tree); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w.write(&b, "", tree)
	return b.Bytes()
}

// Members in another order, one thing without its list or in one, and members
// nobody knows: none of it is a change in what the record says.
func TestTheChartDoesNotDependOnHowTheRecordIsWritten(t *testing.T) {
	calls := demoCalls(t)
	names := slices.Sorted(maps.Keys(calls))
	r := reader(t)
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom(names).Draw(rt, "call")
		seed := rapid.Uint64().Draw(rt, "seed")
		w := &rewriter{random: rand.New(rand.NewPCG(seed, 0))}
		call := calls[name]
		want := call.by(r)
		call.Prefetch = maps.Clone(call.Prefetch)
		for _, source := range slices.Sorted(maps.Keys(call.Prefetch)) {
			w.wraps = 12
			call.Prefetch[source] = w.rewrite(t, call.Prefetch[source])
		}
		if len(call.DraftOrders) > 0 {
			w.wraps = 6
			call.DraftOrders = w.rewrite(t, call.DraftOrders)
		}
		got := call.by(r)
		if diff := cmp.Diff(want.Chart, got.Chart); diff != "" {
			rt.Fatalf("%s\nconditions %s\nobservations %s", diff, call.Prefetch[pathway.FromConditions], call.Prefetch[pathway.FromObservations])
		}
		if diff := cmp.Diff(want.States, got.States); diff != "" {
			rt.Fatal(diff)
		}
	})
}

// Nor is the order of the entries.
func TestTheChartDoesNotDependOnTheOrderOfEntries(t *testing.T) {
	calls := demoCalls(t)
	names := slices.Sorted(maps.Keys(calls))
	r := reader(t)
	said := func(c *pathway.Chart) []string {
		var all []string
		add := func(format string, statement any) { all = append(all, fmt.Sprintf(format, statement)) }
		for _, s := range c.Conditions {
			add("condition %+v", s)
		}
		for _, s := range c.Observations {
			add("observation %+v", s)
		}
		for _, s := range c.Encounters {
			add("encounter %+v", s)
		}
		for _, s := range c.Procedures {
			add("procedure %+v", s)
		}
		for _, s := range c.Requests {
			add("request %+v", s)
		}
		for _, s := range c.Gaps {
			add("gap %+v", s)
		}
		slices.Sort(all)
		return all
	}
	rapid.Check(t, func(rt *rapid.T) {
		call := calls[rapid.SampledFrom(names).Draw(rt, "call")]
		want := said(call.by(r).Chart)
		call.Prefetch = maps.Clone(call.Prefetch)
		for _, source := range fhir.Keys() {
			var b struct {
				ResourceType string           `json:"resourceType"`
				Entry        []jsontext.Value `json:"entry"`
			}
			if json.Unmarshal(call.Prefetch[source], &b) != nil || b.ResourceType != "Bundle" {
				continue
			}
			b.Entry = rapid.Permutation(b.Entry).Draw(rt, string(source))
			call.Prefetch[source] = encoded(t, b)
		}
		if diff := cmp.Diff(want, said(call.by(r).Chart)); diff != "" {
			rt.Fatal(diff)
		}
	})
}

// isJSON reports whether a client could have sent the value.
func isJSON(value []byte) bool {
	return jsontext.Value(value).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// FuzzRead reads any value as a key and as the drafts, and puts it beside two
// red flags. Nothing panics, a key that could not be read is a gap, and the red
// flags stay found.
func FuzzRead(f *testing.F) {
	keys := fhir.Keys()
	for _, call := range demoCalls(f) {
		for i, source := range keys {
			f.Add(uint8(i), []byte(call.Prefetch[source]))
		}
		f.Add(uint8(0), []byte(call.DraftOrders))
	}
	for _, odd := range []string{
		`null`, `{}`, `[]`, `{"entry":{}}`, `{"resourceType":"Bundle","entry":[5,null,{"resource":[{}]}],"link":{"relation":"next"},"total":"3"}`,
		`{"resourceType":"OperationOutcome","issue":[{"severity":"error"}]}`,
		`{"resourceType":"Observation","status":{},"code":[{"coding":{"system":"https://rygkort.example/fhir/CodeSystem/finding","code":"leg-strength"}}],"valueQuantity":{"value":"3","comparator":"\u003c"},"component":{"code":{},"valueInteger":4.5}}`,
		`{"resourceType":"Condition","code":{"coding":[{"system":"urn:oid:1.2.208.176.2.4.12","code":"U08"}]},"subject":[{"reference":"Patient/x/_history/1"}],"onsetPeriod":{"start":"20"},"clinicalStatus":"active"}`,
		`{"resourceType":"Encounter","class":[{"coding":[{"code":"AMB"}]}],"reason":[{"value":[{"concept":{"coding":[{}]},"reference":{}}]}],"actualPeriod":{"start":"2026"}}`,
		`{"resourceType":"ServiceRequest","code":{"concept":{"text":"MR l\u00e6nd"}},"status":"active","doNotPerform":"true"}`,
		`{"resourceType":"MedicationOrder","patient":{"reference":"Patient/p1"},"reasonCodeableConcept":{"coding":[{}]},"medicationCodeableConcept":"x"}`,
		"{\"resourceType\":\"Patient\",\"birthDate\":19,\"_birthDate\":null,\"\xff\":\"\xff\"}",
	} {
		for i := range keys {
			f.Add(uint8(i), []byte(odd))
		}
	}
	r := reader(f)
	condition, err := json.Marshal(condition("", icpc2, "U08", without("id")))
	if err != nil {
		f.Fatal(err)
	}
	observation, err := json.Marshal(answered("", pathway.Paralysis, "yes", without("id")))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, key uint8, value []byte) {
		source := keys[int(key)%len(keys)]
		call := call{
			Call:        fhir.Call{Hook: pathway.OrderSelect, Patient: "p1", Encounter: "today", AsOf: now()},
			DraftOrders: value,
			Prefetch:    map[pathway.Source]jsontext.Value{source: value},
		}
		alone := call.by(r)
		if diff := cmp.Diff(alone, call.by(r)); diff != "" {
			t.Errorf("read again: %s", diff)
		}
		for _, s := range keys {
			whole := slices.ContainsFunc(alone.Chart.Gaps, func(g pathway.Gap) bool { return g.Source == s && g.Whole })
			state := alone.States[s]
			if whole != (state == fhir.Failed || state == fhir.CutShort || state == fhir.NotAsked) {
				t.Errorf("%s is %s, a gap as a whole: %v", s, state, whole)
			}
			if state == fhir.None && slices.ContainsFunc(alone.Chart.Gaps, func(g pathway.Gap) bool { return g.Source == s }) {
				t.Errorf("%s: nothing there, and a gap in it", s)
			}
		}

		beside := func(flag []byte) []byte {
			return fmt.Appendf(nil, `{"resourceType":"Bundle","entry":[%s,{"resource":%s},{"resource":%s},{"resource":%s,"search":%s}]}`, value, value, flag, value, value)
		}
		if !isJSON(value) || !isJSON(beside(condition)) {
			return
		}
		call.Prefetch = map[pathway.Source]jsontext.Value{pathway.FromConditions: beside(condition), pathway.FromObservations: beside(observation)}
		both := call.by(r)
		if !findsRetention(both) {
			t.Error("the diagnosis was lost")
		}
		if !slices.ContainsFunc(both.Chart.Observations, func(o pathway.Observation) bool {
			return o.Concept == pathway.Paralysis && o.Value == "yes" && o.Firm
		}) {
			t.Error("the answer was lost")
		}
	})
}
