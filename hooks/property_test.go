package hooks_test

import (
	"fmt"
	"hash/fnv"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rygkort/cards"
	"rygkort/fhir"
	"rygkort/hooks"
	"rygkort/pathway"
)

// regional is the canonical of the service under test: not the default one, so
// that both are understood or the property fails.
const regional = "https://region.example/fhir"

// TestOneChartDecidesTheSameInEveryShape renders a random chart twice: in the
// plainest FHIR and in some other that is as legal. Which code stands for a
// concept, and how JSON says it, is nothing a decision may rest on.
func TestOneChartDecidesTheSameInEveryShape(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(t *rapid.T) {
		c := w.record(t)
		plain := w.render(c, plainly)
		other := w.render(c, drawn(t))
		want, got := w.decides(t, plain), w.decides(t, other)
		if !slices.Equal(want, got) {
			t.Fatalf("the same chart decides otherwise in another shape:\n%s\nplain: %s\nother: %s", cmp.Diff(want, got), plain, other)
		}
	})
}

// TestTheLawsHoldFromTheRequestUp holds the laws of the whole service for any
// chart in any shape.
func TestTheLawsHoldFromTheRequestUp(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(t *rapid.T) {
		c := w.record(t)
		body := w.render(c, drawn(t))
		for _, language := range []cards.Language{cards.Danish, cards.English} {
			response, trace, err := w.service.Answer(t.Context(), body, "", language)
			lawful(t, response, language)
			if err != nil {
				t.Fatalf("refused: %v\n%s", err, body)
			}
			acute := trace.Decision.Facts.Acute().IsYes()
			if critical := len(response.Cards) == 1 && response.Cards[0].Indicator == pathway.Critical; acute != critical {
				t.Fatalf("D-6 is %v, and the cards are %v\n%s", acute, outcomeLines(response, nil), body)
			}
			if c.plainlyAcute() && !acute {
				t.Fatalf("a danger of today is not acute\n%s", body)
			}
			if violations := cards.CheckAll(response.Cards, language); len(violations) > 0 {
				t.Fatalf("%s\n%s", strings.Join(violations, "\n"), body)
			}
		}
	})
}

// TestAFurtherDangerNeverLowersTheUrgency adds a danger to a chart.
func TestAFurtherDangerNeverLowersTheUrgency(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(t *rapid.T) {
		c := w.record(t)
		before := w.urgency(t, w.render(c, plainly))
		worse := c
		name := rapid.SampledFrom(slices.Sorted(maps.Keys(dangers))).Draw(t, "danger")
		dangers[name](&worse)
		after := w.urgency(t, w.render(worse, plainly))
		if rank(before) >= rank(pathway.Warning) && rank(after) < rank(before) {
			t.Fatalf("%s lowers the highest urgency from %s to %q\nbefore: %s\nafter: %s", name, before, after, w.render(c, plainly), w.render(worse, plainly))
		}
	})
}

// TestLessOrBrokenDataNeverRemovesAnAcuteCard adds garbage to a chart with an
// acute fact, or leaves out what a client may leave out.
func TestLessOrBrokenDataNeverRemovesAnAcuteCard(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(t *rapid.T) {
		c := w.record(t)
		if rapid.Bool().Draw(t, "surely acute") {
			acute := rapid.SampledFrom(slices.Sorted(maps.Keys(acuteDangers))).Draw(t, "danger")
			acuteDangers[acute](&c)
		}
		if w.urgency(t, w.render(c, plainly)) != pathway.Critical {
			t.Skip("nothing acute")
		}
		call := w.call(c, plainly)
		prefetch := call["prefetch"].(map[string]any)
		if rapid.Bool().Draw(t, "garbage") {
			key := rapid.SampledFrom([]string{"conditions", "observations", "encounters", "requests", "procedures"}).Draw(t, "key")
			bundle := prefetch[key].(map[string]any)
			entry := rapid.SampledFrom(garbage()).Draw(t, "entry")
			entries := bundle["entry"].([]any)
			bundle["entry"] = slices.Insert(slices.Clone(entries), rapid.IntRange(0, len(entries)).Draw(t, "at"), entry)
		} else {
			dropped := rapid.SampledFrom([]string{"patient", "encounters", "requests", "procedures"}).Draw(t, "dropped")
			if dropped == "encounters" && !c.plainlyAcute() {
				t.Skip("a bladder, bowel or weakness code may count only beside a back problem that the contacts tell of (decision C-15)")
			}
			delete(prefetch, dropped)
		}
		body := encoded(call, 0)
		if after := w.urgency(t, body); after != pathway.Critical {
			t.Fatalf("the acute card is gone: %q\nbefore: %s\nafter: %s", after, w.render(c, plainly), body)
		}
	})
}

// TestWithoutARequiredKeyTheAnswerIsNeverEmpty: an empty list reads as "all
// clear".
func TestWithoutARequiredKeyTheAnswerIsNeverEmpty(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(t *rapid.T) {
		call := w.call(w.record(t), drawn(t))
		prefetch := call["prefetch"].(map[string]any)
		key := rapid.SampledFrom([]string{"conditions", "observations"}).Draw(t, "key")
		switch rapid.IntRange(0, 2).Draw(t, "how") {
		case 0:
			delete(prefetch, key)
		case 1:
			prefetch[key] = map[string]any{"resourceType": "OperationOutcome", "issue": []any{map[string]any{"severity": "error", "code": "timeout"}}}
		default:
			prefetch[key] = map[string]any{"resourceType": "Bundle", "type": "searchset", "link": []any{map[string]any{"relation": "next", "url": "https://ehr.example/next"}}}
		}
		body := encoded(call, 0)
		response, _, err := w.service.Answer(t.Context(), body, "", cards.Danish)
		lawful(t, response, cards.Danish)
		switch {
		case err != nil && hooks.Status(err) != 412:
			t.Fatalf("answered %d: %v\n%s", hooks.Status(err), err, body)
		case err == nil && len(response.Cards) == 0:
			t.Fatalf("no card though %s could not be had\n%s", key, body)
		}
	})
}

// rank orders urgencies.
func rank(u pathway.Urgency) int {
	return slices.Index([]pathway.Urgency{"", pathway.Info, pathway.Warning, pathway.Critical}, u)
}

// The record: what a record can say, whatever it looks like.

// undated is the day of what has no date.
const undated = -1

type record struct {
	hook       pathway.Hook
	named      bool // the call names its encounter
	birth      string
	conditions []diagnosis
	answers    []answer
	strength   []grade
	encounters []contact
	courses    []course
	orders     []order // in the record
	drafts     []order
}

// diagnosis is a Condition. concepts names everything that its code stands
// for, joined by "+"; days are days ago.
type diagnosis struct {
	concepts string
	status   string // present, suspected, refuted
	clinical string // unsaid, active, ended
	onset    int
	recorded int
	today    bool // recorded at today's encounter
}

type answer struct {
	question string
	word     string
	days     int
	here     bool // it names today's encounter
	firm     bool
}

type grade struct {
	muscle string // empty: no site
	mrc    int
	days   int
	firm   bool
}

type contact struct {
	days      int // 0: today's encounter
	about     string
	diagnosis int // index of the condition that it names; −1: none
	place     string
}

// course is treatment or exercise over a time.
type course struct {
	what       string // a question of ours, or a procedure's concept
	from, till int    // till −1: still going on
}

type order struct {
	concept string
	open    bool
	days    int
	back    bool // its reason is about the back
}

var (
	backConcepts   = []string{"lbp", "lbp+lbp-nonspecific", "lbp-broad", "nerve-root", "disc-prolapse"}
	dangerConcepts = []string{
		"cauda-equina", "saddle-sensory-loss", "urinary-retention", "urinary-incontinence", "urinary-problem-other",
		"faecal-incontinence", "leg-weakness", "leg-paralysis", "leg-paralysis-or-weakness",
	}
	otherConcepts = []string{"pregnancy", "cancer", "fever"}
	orderConcepts = []string{
		"order-mri-lumbar", "order-ct-lumbar", "order-xr-lumbar", "physiotherapy", "chiropractic", "refer-neurosurgery",
		"refer-rheumatology", "refer-examination-spine", "secondary-sector", "practising-specialist", "extended-back-workup",
		"prolapse-package", "second-opinion", "acute-admission",
	}
	someDay  = rapid.SampledFrom([]int{0, 0, 1, 3, 10, 20, 27, 28, 41, 42, 60, 89, 90, 91, 120, 200, 400})
	maybeDay = rapid.OneOf(someDay, rapid.Just(undated))
)

// record draws a record. No question is answered twice on one day: which of the
// two came later would be for the shape to say.
func (w *world) record(t *rapid.T) record {
	c := record{
		hook:  rapid.SampledFrom([]pathway.Hook{pathway.PatientView, pathway.PatientView, pathway.OrderSelect, pathway.OrderSign}).Draw(t, "hook"),
		named: rapid.Bool().Draw(t, "encounter named"),
		birth: rapid.SampledFrom([]string{"1981-04-12", "2012-01-01", "2008-11-24", ""}).Draw(t, "birth"),
	}
	diagnoses := func(label string, concepts []string, most int) {
		for range rapid.IntRange(0, most).Draw(t, label) {
			c.conditions = append(c.conditions, diagnosis{
				concepts: rapid.SampledFrom(concepts).Draw(t, "concept"),
				status:   rapid.SampledFrom([]string{"present", "present", "suspected", "refuted"}).Draw(t, "verification"),
				clinical: rapid.SampledFrom([]string{"unsaid", "active", "unsaid", "ended"}).Draw(t, "clinical"),
				onset:    maybeDay.Draw(t, "onset"), recorded: maybeDay.Draw(t, "recorded"),
				today: rapid.Bool().Draw(t, "at this contact"),
			})
		}
	}
	diagnoses("back diagnoses", backConcepts, 2)
	diagnoses("danger diagnoses", dangerConcepts, 2)
	diagnoses("other diagnoses", otherConcepts, 1)

	asked := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) answer {
		question := rapid.SampledFrom(w.questions).Draw(t, "question")
		return answer{
			question: question, days: someDay.Draw(t, "day"),
			word: rapid.SampledFrom(fhir.Answers(pathway.Concept(question))).Draw(t, "answer"),
			here: rapid.Bool().Draw(t, "here"), firm: rapid.IntRange(0, 4).Draw(t, "preliminary") > 0,
		}
	}), 0, 8, func(a answer) string { return fmt.Sprint(a.question, a.days) })
	c.answers = asked.Draw(t, "answers")
	if rapid.IntRange(0, 2).Draw(t, "all asked") == 0 { // rarely by chance, and what most rules wait for
		for _, item := range pathway.RedFlagItems() {
			absent := fhir.Answers(item)[0]
			if absent == "yes" {
				absent = "no"
			}
			if !slices.ContainsFunc(c.answers, func(a answer) bool { return a.question == string(item) && a.days == 0 }) {
				c.answers = append(c.answers, answer{string(item), absent, 0, c.named, true})
			}
		}
	}
	c.strength = rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) grade {
		return grade{
			muscle: rapid.SampledFrom([]string{"", "ankle-dorsiflexion-left", "hip-flexion-right"}).Draw(t, "muscle"),
			mrc:    rapid.SampledFrom([]int{5, 4, 3, 1}).Draw(t, "grade"), days: someDay.Draw(t, "day"),
			firm: rapid.IntRange(0, 4).Draw(t, "preliminary") > 0,
		}
	}), 0, 3, func(g grade) string { return fmt.Sprint(g.muscle, g.days) }).Draw(t, "strength")
	c.encounters = rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) contact {
		return contact{
			days:      rapid.SampledFrom([]int{0, 0, 3, 10, 20, 60, 120}).Draw(t, "day"),
			about:     rapid.SampledFrom(append([]string{"else", "unsaid"}, backConcepts...)).Draw(t, "about"),
			diagnosis: rapid.IntRange(-1, len(c.conditions)-1).Draw(t, "diagnosis"),
			place:     rapid.SampledFrom([]string{"practice", "practice", "telephone", "planned"}).Draw(t, "place"),
		}
	}), 0, 4, func(e contact) int { return e.days }).Draw(t, "encounters")
	for _, what := range []string{"other-treatment", "exercise", "physiotherapy-done", "exercise-done"} {
		if rapid.IntRange(0, 2).Draw(t, what) == 0 {
			from := rapid.SampledFrom([]int{10, 27, 28, 29, 42, 60, 120}).Draw(t, "from")
			till := rapid.SampledFrom([]int{undated, undated, 0, 5}).Draw(t, "till")
			c.courses = append(c.courses, course{what, from, till})
		}
	}
	orders := func(label string, most int) []order {
		return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) order {
			return order{
				rapid.SampledFrom(orderConcepts).Draw(t, "order"), rapid.Bool().Draw(t, "open"),
				someDay.Draw(t, "authored"), rapid.Bool().Draw(t, "for the back"),
			}
		}), 0, most).Draw(t, label)
	}
	c.orders = orders("requests", 2)
	if c.hook != pathway.PatientView {
		c.drafts = orders("drafts", 2)
	}
	return c
}

// plainlyAcute reports a danger of today that nothing of a later day can have
// taken back, since there is none.
func (c record) plainlyAcute() bool {
	for _, a := range c.answers {
		if a.days == 0 && acuteRuleOf[a.question+" "+a.word] != "" {
			return true
		}
	}
	for _, d := range c.conditions {
		suspected := d.concepts == "cauda-equina" || d.concepts == "saddle-sensory-loss"
		if suspected && d.status != "refuted" && d.clinical != "ended" && d.onset == 0 && d.recorded == 0 {
			return !slices.ContainsFunc(c.answers, func(a answer) bool { return a.question == "saddle-sensation" })
		}
	}
	return false
}

// acuteDangers make any chart acute, dangers make it no calmer.
var acuteDangers = map[string]func(*record){
	"a cauda equina suspicion of today": diagnosed("cauda-equina"),
	"saddle numbness coded today":       diagnosed("saddle-sensory-loss"),
	"reduced saddle sensation":          answered("saddle-sensation", "reduced"),
	"new bladder disturbance":           answered("bladder-disturbance", "new"),
	"worse bowel disturbance":           answered("bowel-disturbance", "worse"),
	"progressive paresis":               answered("paresis-progressive", "yes"),
	"paralysis":                         answered("paralysis", "yes"),
	"intractable pain":                  answered("intractable-pain", "yes"),
	"grade 1 today": func(c *record) {
		c.strength = append(slices.Clone(c.strength), grade{"knee-extension-left", 1, 0, true})
	},
}

var dangers = func() map[string]func(*record) {
	all := maps.Clone(acuteDangers)
	all["retention coded today"] = diagnosed("urinary-retention")
	all["weakness coded today"] = diagnosed("leg-weakness")
	all["paralysis coded today"] = diagnosed("leg-paralysis")
	all["worse"] = answered("lbp-course", "worse")
	all["serious pathology suspected"] = answered("serious-pathology-suspected", "yes")
	all["reduced anal tone"] = answered("anal-tone", "reduced")
	all["grade 3 today"] = func(c *record) {
		c.strength = append(slices.Clone(c.strength), grade{"knee-extension-left", 3, 0, true})
	}
	return all
}()

func diagnosed(concept string) func(*record) {
	return func(c *record) {
		c.conditions = append(slices.Clone(c.conditions), diagnosis{concept, "suspected", "unsaid", 0, 0, false})
	}
}

// answered replaces what the question was answered today.
func answered(question, word string) func(*record) {
	return func(c *record) {
		c.answers = append(slices.DeleteFunc(slices.Clone(c.answers), func(a answer) bool {
			return a.question == question && a.days == 0
		}), answer{question, word, 0, false, true})
	}
}

// garbage is what untidy records hold in the place of a resource.
func garbage() []any {
	ours := map[string]any{"coding": []any{map[string]any{"system": regional + "/CodeSystem/finding", "code": "saddle-sensation"}}}
	return []any{
		42, "text", nil,
		[]any{},
		map[string]any{},
		map[string]any{"resource": nil},
		map[string]any{"resource": "text"},
		map[string]any{"resource": map[string]any{}},
		map[string]any{"resource": map[string]any{"resourceType": "Condition"}},
		map[string]any{"resource": map[string]any{"resourceType": "Condition", "code": "M54.5", "onsetDateTime": 7}},
		map[string]any{"resource": map[string]any{"resourceType": "Condition", "code": map[string]any{"coding": "L84"}, "clinicalStatus": 1}},
		map[string]any{"resource": map[string]any{"resourceType": "Observation", "code": ours, "status": "final", "valueDateTime": "2026"}},
		map[string]any{"resource": map[string]any{"resourceType": "Observation", "code": ours, "status": 3, "effectiveDateTime": map[string]any{}}},
		map[string]any{"resource": map[string]any{"resourceType": "Observation", "code": ours, "status": "final", "component": "none"}},
		map[string]any{"resource": map[string]any{"resourceType": "Encounter", "period": "today", "class": []any{}}},
		map[string]any{"resource": map[string]any{"resourceType": "Bundle", "entry": []any{map[string]any{"resource": nil}}}},
		map[string]any{"resource": map[string]any{"resourceType": "Patient", "id": "another"}},
		map[string]any{"resource": map[string]any{"resourceType": "OperationOutcome", "issue": []any{map[string]any{"severity": "warning"}}}},
	}
}

// The world: the service, and the codes that stand for each concept.

type coding struct{ system, code string }

type world struct {
	service   *hooks.Service
	now       time.Time
	codes     map[string][]coding // by everything that a code stands for, joined by "+"
	questions []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	terms, err := fhir.NewTerminology(regional)
	if err != nil {
		t.Fatal(err)
	}
	now := scenarioNow(t)
	w := &world{
		now: now, codes: codesByConcept(t, terms),
		service: hooks.New(hooks.Config{
			Reader: fhir.NewReader(terms, nil), Renderer: cards.New(cards.Settings{Canonical: regional, PublicURL: "https://cds.example.org"}),
			Parameters: pathway.DefaultParameters(), PublicURL: "https://cds.example.org",
			Clock: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler),
		}),
	}
	for _, question := range []string{
		"nerve-root-involvement", "lbp-course", "lbp-clear-improvement", "saddle-sensation", "anal-tone", "bladder-disturbance",
		"bowel-disturbance", "bilateral-sciatica", "paresis-progressive", "paralysis", "intractable-pain",
		"serious-pathology-suspected", "yellow-flags", "treatment-effect",
	} {
		if fhir.Answers(pathway.Concept(question)) == nil {
			t.Fatalf("%s is no question with words for answers", question)
		}
		w.questions = append(w.questions, question)
	}
	for _, concept := range slices.Concat(backConcepts, dangerConcepts, otherConcepts, orderConcepts, []string{"physiotherapy-done", "exercise-done"}) {
		if len(w.codes[concept]) == 0 {
			t.Fatalf("no code stands for %s and nothing else", concept)
		}
	}
	return w
}

// codesByConcept groups the codes of the value sets that ship, and of our own
// orders, by all that they stand for: those of one group say the same.
func codesByConcept(t *testing.T, terms *fhir.Terminology) map[string][]coding {
	t.Helper()
	listed := map[coding]bool{}
	paths, err := filepath.Glob("../fhir/valuesets/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no value sets: %v", err)
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var set struct {
			Compose struct {
				Include []struct {
					System  string `json:"system"`
					Concept []struct {
						Code string `json:"code"`
					} `json:"concept"`
				} `json:"include"`
			} `json:"compose"`
		}
		if err := json.Unmarshal(raw, &set); err != nil {
			t.Fatal(err)
		}
		for _, include := range set.Compose.Include {
			for _, concept := range include.Concept {
				listed[coding{include.System, concept.Code}] = true
			}
		}
	}
	for _, concept := range orderConcepts {
		for _, base := range []string{regional, fhir.DefaultCanonical} {
			own := coding{base + "/CodeSystem/order", strings.TrimPrefix(concept, "order-")}
			if len(terms.Lookup(own.system, own.code)) > 0 {
				listed[own] = true
			}
		}
	}
	codes := map[string][]coding{}
	inOrder := func(a, b coding) int { return strings.Compare(a.system+"|"+a.code, b.system+"|"+b.code) }
	for _, code := range slices.SortedFunc(maps.Keys(listed), inOrder) {
		var concepts []string
		sure := true
		for _, match := range terms.Lookup(code.system, code.code) {
			concepts = append(concepts, string(match.Concept))
			sure = sure && match.Confidence >= fhir.Likely
		}
		slices.Sort(concepts)
		if sure && len(concepts) > 0 {
			name := strings.Join(concepts, "+")
			codes[name] = append(codes[name], code)
		}
	}
	return codes
}

// decides is what the service makes of a body: every fact, and the rules of
// every card.
func (w *world) decides(t *rapid.T, body []byte) []string {
	response, trace, err := w.service.Answer(t.Context(), body, "", cards.Danish)
	lawful(t, response, cards.Danish)
	lines := outcomeLines(response, err)
	if trace.Decision == nil {
		return lines
	}
	for _, line := range trace.Decision.Facts.Lines() {
		lines = append(lines, line.ID+" "+line.Name+": "+line.Says)
	}
	for _, gap := range trace.Reading.Chart.Gaps {
		lines = append(lines, fmt.Sprintf("gap: %s %s", gap.Source, gap.Reason))
	}
	return lines
}

func (w *world) urgency(t *rapid.T, body []byte) pathway.Urgency {
	response, _, err := w.service.Answer(t.Context(), body, "", cards.Danish)
	lawful(t, response, cards.Danish)
	if err != nil {
		t.Fatalf("refused: %v\n%s", err, body)
	}
	var highest pathway.Urgency
	for _, card := range response.Cards {
		if rank(card.Indicator) > rank(highest) {
			highest = card.Indicator
		}
	}
	return highest
}

// The shapes: ways to write one chart as FHIR.

// shape chooses among n ways to write something. Way 0 is the plain one, so
// that rapid shrinks a failure to the one odd thing that causes it.
type shape func(n int, what string) int

func plainly(int, string) int { return 0 }

func drawn(t *rapid.T) shape {
	return func(n int, what string) int { return rapid.IntRange(0, n-1).Draw(t, what) }
}

// pick is one of several ways to write the same.
func pick[T any](s shape, what string, ways ...T) T { return ways[s(len(ways), what)] }

type object = map[string]any

func (w *world) render(c record, s shape) []byte {
	return encoded(w.call(c, s), s(6, "order of members"))
}

// call is the request. Its keys are all there: what is dropped, a test drops.
func (w *world) call(c record, s shape) object {
	context := object{"userId": "Practitioner/gp", "patientId": "p1"}
	if c.named {
		context["encounterId"] = "today"
	}
	var conditions, observations, encounters, requests, procedures, drafts []any
	for i, d := range c.conditions {
		conditions = append(conditions, w.condition(i, d, s))
	}
	observations = w.observations(c, s)
	for i, e := range c.encounters {
		encounters = append(encounters, w.encounter(i, e, s))
	}
	for i, o := range c.orders {
		status := pick(s, "status", "completed", "completed")
		if o.open {
			status = pick(s, "status", "active", "draft", "on-hold")
		}
		requests = append(requests, w.order(fmt.Sprintf("request-%d", i), status, o, s))
	}
	for i, o := range c.drafts {
		drafts = append(drafts, object{"resource": w.order(fmt.Sprintf("draft-%d", i), "draft", o, s)})
	}
	for i, course := range c.courses {
		resource := object{"id": fmt.Sprintf("course-%d", i)}
		if strings.HasSuffix(course.what, "-done") {
			resource["resourceType"], resource["status"] = "Procedure", "completed"
			if course.till == undated {
				resource["status"] = "in-progress"
			}
			resource["code"] = w.concept(course.what, s)
			resource[pick(s, "performed", "performedPeriod", "occurrencePeriod")] = w.period(course, s)
			procedures = append(procedures, w.dressed(resource, s))
			continue
		}
		resource["resourceType"], resource["status"] = "Observation", "final"
		resource["code"], resource["effectivePeriod"] = w.question(course.what, s), w.period(course, s)
		w.value(resource, "yes", s)
		observations = append(observations, w.dressed(resource, s))
	}
	patient := object{"resourceType": "Patient", "id": "p1"}
	if c.birth != "" {
		patient["birthDate"] = c.birth
	}
	if c.hook != pathway.PatientView {
		context["draftOrders"] = object{"resourceType": "Bundle", "type": "collection", "entry": drafts}
		if len(drafts) == 0 {
			context["draftOrders"] = object{"resourceType": "Bundle", "entry": []any{}}
		}
	}
	return object{
		"hook": string(c.hook), "hookInstance": "b9f0c3a0-7c1e-4d55-9a01-000000000001", "context": context,
		"prefetch": object{
			"patient":    patient,
			"conditions": w.bundle(conditions, s), "observations": w.bundle(observations, s), "encounters": w.bundle(encounters, s),
			"requests": w.bundle(requests, s), "procedures": w.bundle(procedures, s),
		},
	}
}

// bundle is resources as a client sends them: some of no concern among them,
// in any order, one of them twice.
func (w *world) bundle(resources []any, s shape) any {
	of := ""
	if len(resources) > 0 {
		of = fmt.Sprint(resources[0].(object)["resourceType"])
	}
	beside := s(5, "beside")
	if of == "" {
		beside = 0 // nothing but another type is no answer to the query
	}
	own := len(resources)
	switch beside {
	case 1:
		resources = append(resources, object{
			"resourceType": "Observation", "id": "hb", "status": "final", "subject": object{"reference": "Patient/p1"},
			"code": object{"coding": []any{object{"system": "http://loinc.org", "code": "718-7"}}}, "valueQuantity": object{"value": 8.1, "unit": "mmol/L"},
		})
	case 2:
		resources = append(resources, object{
			"resourceType": "Condition", "id": "hypertension", "subject": object{"reference": "Patient/p1"},
			"code": object{"coding": []any{object{"system": "urn:oid:1.2.208.176.2.31", "code": "K86"}}}, "recordedDate": "2020-01-01",
		})
	case 3:
		resources = append(resources, object{"resourceType": "Practitioner", "id": "gp"})
	default:
	}
	if len(resources) > 1 && s(3, "turned round") == 1 {
		slices.Reverse(resources)
	}
	if of != "" && len(resources) == 1 {
		switch s(4, "one resource") {
		case 1:
			return resources[0]
		case 2:
			return object{"resourceType": "Bundle", "entry": object{"resource": resources[0]}}
		default:
		}
	}
	if of != "" && s(5, "list") == 1 {
		return resources
	}
	entries := []any{}
	for _, resource := range resources {
		entry := object{"resource": resource}
		if s(3, "entry") == 1 {
			entry["fullUrl"], entry["search"] = "https://ehr.example/fhir/x", object{"mode": "match"}
		}
		entries = append(entries, entry)
	}
	bundle := object{"resourceType": "Bundle", "type": "searchset", "entry": entries}
	switch s(5, "Bundle") {
	case 1:
		delete(bundle, "type")
	case 2:
		bundle["total"] = own // matches only (FHIR R4, Bundle.total)
	case 3:
		bundle["link"] = []any{object{"relation": "self", "url": "https://ehr.example/fhir"}}
	default:
	}
	if len(entries) > 0 && s(6, "sent twice") == 1 {
		bundle["entry"] = append(entries, entries[0])
		delete(bundle, "total")
	}
	return bundle
}

func (w *world) condition(i int, d diagnosis, s shape) object {
	c := object{"resourceType": "Condition", "id": fmt.Sprintf("condition-%d", i), "code": w.concept(d.concepts, s)}
	switch d.status {
	case "present":
		if status := pick(s, "verification", "confirmed", ""); status != "" {
			c["verificationStatus"] = w.status("verification", status, s)
		}
	case "suspected":
		c["verificationStatus"] = w.status("verification", pick(s, "verification", "provisional", "differential", "unconfirmed"), s)
	default:
		c["verificationStatus"] = w.status("verification", d.status, s)
	}
	switch d.clinical {
	case "active":
		c["clinicalStatus"] = w.status("clinical", pick(s, "clinical", "active", "recurrence", "relapse"), s)
	case "ended":
		c["clinicalStatus"] = w.status("clinical", pick(s, "clinical", "resolved", "inactive", "remission"), s)
	default:
	}
	if d.onset != undated {
		if s(3, "onset") == 1 {
			c["onsetPeriod"] = object{"start": w.date(d.onset, s)}
		} else {
			c["onsetDateTime"] = w.date(d.onset, s)
		}
	}
	if d.recorded != undated {
		c["recordedDate"] = w.date(d.recorded, s)
	}
	if d.today {
		c["encounter"] = object{"reference": w.reference("Encounter/today", s)}
	}
	return w.dressed(c, s)
}

func (w *world) status(kind, code string, s shape) object {
	status := object{"code": code, "system": "http://terminology.hl7.org/CodeSystem/condition-" + kind}
	if s(4, "status") == 1 {
		return object{"coding": status, "text": "status"}
	}
	return object{"coding": []any{status}}
}

// observations are the answers, each by itself or as components of panels, and
// the grades.
func (w *world) observations(c record, s shape) []any {
	var all []any
	type visit struct {
		days       int
		here, firm bool
	}
	panels := map[visit][]any{}
	var visits []visit
	for i, a := range c.answers {
		v := visit{a.days, a.here, a.firm}
		part := object{"code": w.question(a.question, s)}
		w.value(part, a.word, s)
		if s(3, "in a panel") == 1 {
			if panels[v] == nil {
				visits = append(visits, v)
			}
			panels[v] = append(panels[v], part)
			continue
		}
		part["resourceType"], part["id"] = "Observation", fmt.Sprintf("answer-%d", i)
		all = append(all, w.given(part, v.days, v.here, v.firm, s))
	}
	for i, v := range visits {
		panel := object{"resourceType": "Observation", "id": fmt.Sprintf("panel-%d", i), "component": panels[v]}
		panel["code"] = w.question("redflag-check", s)
		if s(3, "panel of a system nobody knows") == 1 {
			panel["code"] = object{"coding": []any{object{"system": "urn:local", "code": "panel"}}, "text": "Panel"}
		}
		all = append(all, w.given(panel, v.days, v.here, v.firm, s))
	}
	for i, g := range c.strength {
		o := object{"resourceType": "Observation", "id": fmt.Sprintf("strength-%d", i), "code": w.question("leg-strength", s)}
		muscle := object{"coding": []any{object{"system": w.ours("muscle-group", s), "code": g.muscle}}}
		switch way := s(4, "grade"); {
		case g.muscle != "" && way == 1:
			o["component"] = []any{w.graded(object{"code": muscle}, g.mrc, s)}
		case g.muscle != "" && way == 2:
			o["code"] = w.question("redflag-check", s)
			o["component"] = w.graded(object{"code": muscle}, g.mrc, s)
		default:
			w.graded(o, g.mrc, s)
			if g.muscle != "" {
				o["bodySite"] = muscle
			}
		}
		all = append(all, w.given(o, g.days, false, g.firm, s))
	}
	return all
}

// given adds to an Observation when and how firmly it was said.
func (w *world) given(o object, days int, here, firm bool, s shape) object {
	o["status"] = "preliminary"
	if firm {
		o["status"] = pick(s, "status", "final", "amended", "corrected")
	}
	switch s(5, "when") {
	case 1:
		o["effectivePeriod"] = object{"start": w.date(days, s), "end": w.date(days, plainly)}
	case 2:
		o["effectiveInstant"] = w.instant(days, s)
	case 3:
		o["issued"] = w.instant(days, s)
	default:
		o["effectiveDateTime"] = w.date(days, s)
	}
	if here {
		o["encounter"] = object{"reference": w.reference("Encounter/today", s)}
	}
	return w.dressed(o, s)
}

func (w *world) graded(o object, mrc int, s shape) object {
	switch s(3, "number") {
	case 1:
		o["valueQuantity"] = object{"value": mrc}
	case 2:
		o["valueString"] = fmt.Sprint(mrc)
	default:
		o["valueInteger"] = mrc
	}
	return o
}

// value adds an answer.
func (w *world) value(o object, word string, s shape) {
	coded := func(system, code string) {
		o["valueCodeableConcept"] = object{"coding": w.codings(object{"system": system, "code": code}, s)}
	}
	binary := word == "yes" || word == "no"
	choose := map[bool]int{true: 6, false: 3}[binary]
	switch s(choose, "value") {
	case 1:
		o["valueString"] = pick(s, "string", word, strings.ToUpper(word), " "+word+" ")
	case 3:
		o["valueBoolean"] = word == "yes"
	case 4:
		coded(pick(s, "system", "http://snomed.info/sct", "urn:oid:2.16.840.1.113883.6.96"), map[string]string{"yes": "373066001", "no": "373067005"}[word])
	case 5:
		coded(pick(s, "system", "http://loinc.org", "urn:oid:2.16.840.1.113883.6.1"), map[string]string{"yes": "LA33-6", "no": "LA32-8"}[word])
	default:
		coded(w.ours("answer", s), word)
	}
}

func (w *world) encounter(i int, e contact, s shape) object {
	encounter := object{"resourceType": "Encounter", "id": fmt.Sprintf("contact-%d", i)}
	encounter["status"] = pick(s, "status", "finished", "in-progress", "arrived", "completed")
	class := pick(s, "class", "AMB", "VR", "HH")
	switch e.place {
	case "telephone":
		class = "PHN"
	case "planned":
		encounter["status"] = pick(s, "status", "planned", "cancelled")
	}
	encounter["class"] = object{"code": class}
	if s(3, "class of R5") == 1 {
		encounter["class"] = []any{object{"coding": []any{object{"code": class}}}}
	}
	if e.days == 0 {
		encounter["id"] = "today"
	}
	encounter[pick(s, "period", "period", "actualPeriod")] = object{"start": w.date(e.days, s)}
	var reason object
	switch e.about {
	case "else":
		reason = object{"coding": []any{object{"system": "urn:oid:1.2.208.176.2.31", "code": pick(s, "reason", "K86", "R05")}}}
	case "unsaid":
	default:
		reason = w.concept(e.about, s)
	}
	if reason != nil {
		if s(3, "reason of R5") == 1 {
			encounter["reason"] = []any{object{"value": []any{object{"concept": reason}}}}
		} else {
			encounter["reasonCode"] = []any{reason}
		}
	}
	if e.diagnosis >= 0 {
		to := object{"reference": w.reference(fmt.Sprintf("Condition/condition-%d", e.diagnosis), s)}
		if s(3, "diagnosis") == 1 {
			encounter["reasonReference"] = []any{to}
		} else {
			encounter["diagnosis"] = []any{object{"condition": to}}
		}
	}
	return w.dressed(encounter, s)
}

func (w *world) order(id, status string, o order, s shape) object {
	request := object{
		"resourceType": "ServiceRequest", "id": id, "status": status, "intent": "order",
		"code": w.concept(o.concept, s), "authoredOn": w.date(o.days, s),
	}
	if s(4, "code of R5") == 1 {
		request["code"] = object{"concept": request["code"]}
	}
	if o.back {
		request["reasonCode"] = []any{w.concept(pick(s, "reason", backConcepts...), s)}
	}
	return w.dressed(request, s)
}

func (w *world) period(c course, s shape) object {
	period := object{"start": w.date(c.from, s)}
	if c.till != undated {
		period["end"] = w.date(c.till, s)
	}
	return period
}

// dressed adds the patient, and what a record carries that decides nothing.
func (w *world) dressed(resource object, s shape) object {
	subject := pick(s, "subject", "Patient/p1", "https://ehr.example/fhir/Patient/p1", "Patient/p1/_history/2", "")
	if subject != "" {
		resource["subject"] = object{"reference": subject, "display": "Patient"}
	}
	switch s(6, "extra members") {
	case 1:
		resource["text"] = object{"status": "generated", "div": "<div>rygsmerter</div>"}
	case 2:
		resource["extension"] = []any{object{"url": "https://ehr.example/x", "valueString": "worse"}}
		resource["identifier"] = object{"value": "1"}
	case 3:
		resource["ehrInternal"] = object{"status": "refuted", "code": []any{1, 2}}
	case 4:
		resource["meta"] = object{"versionId": "3", "profile": []any{"https://ehr.example/profile"}}
		resource["note"] = []any{object{"text": "kontrol"}}
	default:
	}
	return resource
}

// concept is a CodeableConcept of one of the codes that stand for the concept.
func (w *world) concept(concepts string, s shape) object {
	code := pick(s, "code", w.codes[concepts]...)
	system := pick(s, "alias", aliases(code.system)...) + pick(s, "version", "", "|2024", "/")
	switch {
	case code.system == "urn:oid:1.2.208.176.2.4.12":
		code.code = pick(s, "form", code.code, code.code+"+TUL1", strings.ToLower(code.code))
	case strings.HasSuffix(code.system, "/icd-10"):
		code.code = pick(s, "form", code.code, strings.ReplaceAll(code.code, ".", ""), strings.ToLower(code.code))
	case code.system == "urn:oid:1.2.208.176.2.31":
		code.code = pick(s, "form", code.code, strings.ToLower(code.code), " "+code.code)
	}
	concept := object{"coding": w.codings(object{"system": system, "code": code.code}, s)}
	if s(4, "text") == 1 {
		concept["text"] = "tekst"
	}
	return concept
}

func (w *world) question(question string, s shape) object {
	return object{"coding": w.codings(object{"system": w.ours("finding", s), "code": question}, s)}
}

func (w *world) ours(name string, s shape) string {
	return pick(s, "canonical", regional, fhir.DefaultCanonical) + "/CodeSystem/" + name
}

// codings is one coding, alone or among those of local systems.
func (w *world) codings(coding object, s shape) any {
	local := object{"system": "urn:local:ehr", "code": "4711", "display": "lokal"}
	switch s(7, "codings") {
	case 1:
		return coding
	case 2:
		return []any{local, coding}
	case 3:
		return []any{coding, local}
	case 4:
		return []any{object{}, coding}
	case 5:
		coding["display"], coding["userSelected"] = "navn", true
	default:
	}
	return []any{coding}
}

// aliases are the URIs under which records name a code system.
func aliases(system string) []string {
	for _, names := range [][]string{
		{"urn:oid:1.2.208.176.2.31", "http://hl7.org/fhir/sid/icpc-2", "urn:oid:2.16.840.1.113883.6.139", "http://hl7.dk/fhir/core/CodeSystem/icpc2E-DK"},
		{"http://hl7.org/fhir/sid/icd-10", "urn:oid:2.16.840.1.113883.6.3"},
		{"urn:oid:1.2.208.176.2.4.12", "urn:oid:1.2.208.176.2.4"},
		{"http://snomed.info/sct", "urn:oid:2.16.840.1.113883.6.96"},
		{"http://loinc.org", "urn:oid:2.16.840.1.113883.6.1"},
	} {
		if names[0] == system {
			return names
		}
	}
	return []string{system}
}

func (w *world) reference(to string, s shape) string {
	return pick(s, "reference", to, "https://ehr.example/fhir/"+to, to+"/_history/1")
}

// date is a day as FHIR writes it: the day, or a moment of it in any zone.
func (w *world) date(days int, s shape) string {
	if s(2, "date or time") == 0 {
		return w.now.AddDate(0, 0, -days).Format(time.DateOnly)
	}
	return w.instant(days, s)
}

// instant is a moment of that day which is not ahead of the call.
func (w *world) instant(days int, s shape) string {
	y, m, d := w.now.AddDate(0, 0, -days).Date()
	hour := pick(s, "hour", 9, 0, 4)
	if days > 0 {
		hour = pick(s, "hour", 12, 0, 23)
	}
	moment := time.Date(y, m, d, hour, 30, 0, 0, w.now.Location())
	zone := pick(s, "zone", w.now.Location(), time.UTC, time.FixedZone("", 14*3600), time.FixedZone("", -10*3600))
	return moment.In(zone).Format(pick(s, "form", time.RFC3339, "2006-01-02T15:04:05.000Z07:00"))
}

// encoded is JSON with its members in an order that the seed says, and with
// every string escaped for one of the seeds.
func encoded(value any, seed int) []byte {
	var b strings.Builder
	encode(&b, value, seed)
	return []byte(b.String())
}

func encode(b *strings.Builder, value any, seed int) {
	switch value := value.(type) {
	case object:
		place := func(name string) uint64 {
			h := fnv.New64a()
			fmt.Fprint(h, seed, name)
			return h.Sum64()
		}
		b.WriteByte('{')
		for i, name := range slices.SortedFunc(maps.Keys(value), func(x, y string) int {
			if seed == 0 || place(x) == place(y) {
				return strings.Compare(x, y)
			}
			if place(x) < place(y) {
				return -1
			}
			return 1
		}) {
			if i > 0 {
				b.WriteByte(',')
			}
			encode(b, name, 0)
			b.WriteByte(':')
			encode(b, value[name], seed)
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i, element := range value {
			if i > 0 {
				b.WriteString(", ")
			}
			encode(b, element, seed)
		}
		b.WriteByte(']')
	case string:
		if seed == escaping {
			b.WriteByte('"')
			for _, r := range value {
				fmt.Fprintf(b, `\u%04x`, r)
			}
			b.WriteByte('"')
			return
		}
		raw, _ := json.Marshal(value) // a string always is JSON
		b.Write(raw)
	default:
		raw, _ := json.Marshal(value) // a number, a boolean or null
		b.Write(raw)
	}
}

// escaping is the seed with which every string is written in escapes.
const escaping = 5
