//go:build proof

package pathway

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// The proof decides every combination of the facts that rules can tell apart,
// and holds the safety laws on each. It uses Decide itself, nothing simplified.
//
// How the space is reduced, and why that is sound:
//
//  1. A rule sees facts only through the fields that it names. Which fields
//     these are is read from the source by TestWhatEachRuleReads; the moment a
//     rule reads a further field, that test fails and the space has to grow.
//  2. Facts enter rules only as answers (IsYes, ==, switch); evidence, dates and
//     numbers choose no card. So yes and conflict are one value here: every
//     function on answers treats them alike (answer_test.go shows it over all
//     combinations).
//  3. Where a field is read by terms of the form "yes, else not" alone, unknown
//     and no differ in the trace and in no card. Such fields have two values.
//     What unknown must not do is proven rule by rule, over all three values,
//     in TestUnknownNeverServesAsAnAnswer.
//  4. Contact numbers are read through Reaches, Below and Is with thresholds up
//     to 5. The intervals listed are one of each class that these can part.
//  5. On patient-view, worsening, treated weeks and effect are read through the
//     MRI box alone: one state for each of its values.
//  6. An order is judged without looking at other orders, so each kind is put
//     alone; that several share a volume of three is proven in decide_test.go.
type dimension struct {
	name   string
	values []func(*Facts)
}

// space is a product of dimensions over a starting state.
type space struct {
	name  string
	start Facts
	dims  []dimension
	kinds []Request // each put alone; none on patient-view
}

func (s *space) size() int {
	n := max(1, len(s.kinds))
	for _, d := range s.dims {
		n *= len(d.values)
	}
	return n
}

// at sets f to the state with that number.
func (s *space) at(number int, f *Facts) {
	*f = s.start
	if len(s.kinds) > 0 {
		f.Orders = s.kinds[number%len(s.kinds) : number%len(s.kinds)+1]
		number /= len(s.kinds)
	}
	for _, d := range s.dims {
		d.values[number%len(d.values)](f)
		number /= len(d.values)
	}
}

// stride is the distance between neighbouring values of a dimension.
func (s *space) stride(name string) (stride, values int) {
	stride = max(1, len(s.kinds))
	for _, d := range s.dims {
		if d.name == name {
			return stride, len(d.values)
		}
		stride *= len(d.values)
	}
	return 0, 0
}

func answers3(name string, field func(*Facts) *Fact) dimension {
	d := dimension{name: name}
	for _, a := range []Answer{No, Unknown, Yes} {
		d.values = append(d.values, func(f *Facts) { field(f).Answer = a })
	}
	return d
}

func answers2(name string, field func(*Facts) *Fact) dimension {
	d := answers3(name, field)
	d.values = slices.Delete(d.values, 1, 2)
	return d
}

var openQuestion = []Concept{SaddleSensation}

// danger are the acute facts: none known and all answered, none known and a
// question open, and two pairs of them. All 256 combinations of their four
// values are decided by TestEveryAcuteReasonStays.
func danger() dimension {
	return dimension{"danger", []func(*Facts){
		func(f *Facts) { f.RedFlags.Answer = Yes },
		func(f *Facts) { f.RedFlagsMissing = openQuestion },
		func(f *Facts) {
			f.RedFlagsMissing, f.CaudaEquina.Answer, f.ParesisUnclear.Answer = openQuestion, Yes, Yes
		},
		func(f *Facts) {
			f.RedFlagsMissing, f.Paresis.Answer, f.IntractablePain.Answer = openQuestion, Yes, Yes
		},
	}}
}

var unreadConditions = []Gap{{Source: FromConditions, Whole: true}}

// record is whether a required part was read and, where it was not, what the
// rest says of the back; otherwise nothing asks for F-01.
func record() dimension {
	unread := func(a Answer) func(*Facts) {
		return func(f *Facts) { f.Gaps, f.BackPain.Answer = unreadConditions, a }
	}
	return dimension{"record", []func(*Facts){func(f *Facts) { f.BackPain.Answer = Yes }, unread(Yes), unread(No), unread(Unknown)}}
}

// occasion is F-05 and, where it is unknown, whether the episode is recent.
func occasion() dimension {
	set := func(about, current Answer) func(*Facts) {
		return func(f *Facts) { f.AboutBack.Answer, f.Current.Answer = about, current }
	}
	return dimension{"occasion", []func(*Facts){set(Yes, Unknown), set(No, Unknown), set(Unknown, Yes), set(Unknown, No), set(Unknown, Unknown)}}
}

func pages() dimension {
	d := dimension{name: "page"}
	for _, p := range []Page{PageUnknown, Nonspecific, NerveRootPage, Mismatch} {
		d.values = append(d.values, func(f *Facts) { f.Page = p })
	}
	return d
}

func contacts(intervals ...Count) dimension {
	d := dimension{name: "contact"}
	for _, n := range intervals {
		d.values = append(d.values, func(f *Facts) { f.Contact = n })
	}
	return d
}

func weeksTreated() dimension {
	return dimension{"treated", []func(*Facts){
		func(*Facts) {},
		func(f *Facts) { f.Treated = Weeks{Known: true, Min: 2, Max: 2} },
		func(f *Facts) { f.Treated = Weeks{Known: true, Min: 6, Max: 6} },
	}}
}

func viewSpace() *space {
	return &space{
		name:  "patient-view",
		start: Facts{AsOf: proofDay(), Hook: PatientView, Parameters: DefaultParameters()},
		dims: []dimension{
			danger(), record(), occasion(), pages(),
			answers2("stable", func(f *Facts) *Fact { return &f.ParesisStable }),
			answers2("disagrees", func(f *Facts) *Fact { return &f.PageDisagrees }),
			answers3("serious", func(f *Facts) *Fact { return &f.SeriousPathology }),
			answers2("settled", func(f *Facts) *Fact { return &f.SphincterSettled }),
			answers2("change", func(f *Facts) *Fact { return &f.SphincterChange }),
			contacts(Count{}, Count{Min: 1, Max: 1}, Count{Min: 1, Max: 2}, Count{Min: 2, Max: 2}, Count{Min: 2, Max: 3}, Count{Min: 3, Max: 4}, Count{Min: 4, Max: 5}),
			answers3("improved", func(f *Facts) *Fact { return &f.ClearlyImproved }),
			answers3("yellow", func(f *Facts) *Fact { return &f.YellowFlags }),
			answers2("referral", func(f *Facts) *Fact { return &f.SecondaryReferral }),
			{"box", []func(*Facts){
				func(*Facts) {}, // unassessable
				func(f *Facts) { f.Worse.Answer = Yes },
				func(f *Facts) {
					f.Worse.Answer, f.WithoutEffect.Answer, f.Treated = No, Yes, Weeks{Known: true, Min: 2, Max: 2}
				},
				func(f *Facts) {
					f.Worse.Answer, f.WithoutEffect.Answer, f.Treated = No, Yes, Weeks{Known: true, Min: 6, Max: 6}
				},
			}},
			answers2("minor", func(f *Facts) *Fact { return &f.Minor }),
		},
	}
}

func mriSpace() *space {
	return &space{
		name:  "lumbar MRI ordered",
		start: Facts{AsOf: proofDay(), Hook: OrderSelect, Parameters: DefaultParameters()},
		kinds: []Request{{Concept: OrderMRILumbar}},
		dims: []dimension{
			danger(), record(), pages(),
			answers2("stable", func(f *Facts) *Fact { return &f.ParesisStable }),
			answers2("settled", func(f *Facts) *Fact { return &f.SphincterSettled }),
			answers3("serious", func(f *Facts) *Fact { return &f.SeriousPathology }),
			answers3("worse", func(f *Facts) *Fact { return &f.Worse }),
			weeksTreated(),
			answers3("effect", func(f *Facts) *Fact { return &f.WithoutEffect }),
			contacts(Count{}, Count{Min: 2, Max: 2}, Count{Min: 1, Max: 2}, Count{Min: 3, Max: 3}, Count{Min: 2, Max: 3}, Count{Min: 4, Max: 4}, Count{Min: 3, Max: 4}),
			answers3("improved", func(f *Facts) *Fact { return &f.ClearlyImproved }),
			answers2("referral", func(f *Facts) *Fact { return &f.SecondaryReferral }),
			answers2("ordered", func(f *Facts) *Fact { return &f.MRIOrdered }),
		},
	}
}

func orderSpace() *space {
	s := &space{
		name:  "another order",
		start: Facts{AsOf: proofDay(), Hook: OrderSign, Parameters: DefaultParameters()},
		dims: []dimension{
			danger(), record(), occasion(), pages(),
			answers2("stable", func(f *Facts) *Fact { return &f.ParesisStable }),
			answers2("settled", func(f *Facts) *Fact { return &f.SphincterSettled }),
			answers3("serious", func(f *Facts) *Fact { return &f.SeriousPathology }),
			answers3("worse", func(f *Facts) *Fact { return &f.Worse }),
			contacts(Count{}, Count{Min: 2, Max: 2}, Count{Min: 1, Max: 2}, Count{Min: 3, Max: 3}, Count{Min: 2, Max: 3}, Count{Min: 4, Max: 4}, Count{Min: 3, Max: 4}),
			answers3("yellow", func(f *Facts) *Fact { return &f.YellowFlags }),
		},
	}
	for _, concept := range []Concept{
		OrderCTLumbar, OrderPhysiotherapy, OrderProlapsePackage, OrderNeurosurgery, OrderSpineExamination,
		OrderSecondOpinion, OrderOpioid, OrderMunicipal, OrderUnrecognised,
	} {
		for _, about := range []Answer{Yes, No, Unknown} {
			s.kinds = append(s.kinds, Request{Concept: concept, AboutBack: about})
		}
	}
	return s
}

func proofDay() time.Time { return time.Date(2026, time.November, 23, 10, 0, 0, 0, time.UTC) }

// highestOf is what the proof keeps of a decided state.
func highestOf(d *Decision) byte {
	if len(d.Advice) == 0 {
		return 0
	}
	highest := 0
	for _, a := range d.Advice {
		highest = max(highest, a.Urgency.rank())
	}
	return byte(1 + highest)
}

func TestProof(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // each state is garbage at once; a limit is enough
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(4 << 30))
	spoke := map[string]bool{}
	total := 0
	for _, s := range []*space{viewSpace(), mriSpace(), orderSpace()} {
		began := time.Now()
		results, heard := s.decideAll(t)
		for id := range heard {
			spoke[id] = true
		}
		total += s.size()
		t.Logf("%-20s %11d states decided in %s", s.name, s.size(), time.Since(began).Round(time.Second))
		flips := s.holdMonotone(t, results)
		t.Logf("%-20s %11d times a danger fact was turned to yes: the urgency never fell from warning or above", "", flips)
	}
	for _, rule := range Rules() {
		if rule.Class != Extension && !spoke[rule.ID] {
			t.Errorf("%s is shown in no state: it is unreachable, or never decisive", rule.ID)
		}
	}
	t.Logf("%d states in all", total)
	for _, law := range laws {
		t.Logf("held in every state: %s", law.says)
	}
}

// decideAll decides every state on all cores, holds the laws on each, and
// returns what is needed to compare neighbours, with the rules that were shown.
func (s *space) decideAll(t *testing.T) (results []byte, heard map[string]bool) {
	t.Helper()
	results, heard = make([]byte, s.size()), map[string]bool{}
	var mutex sync.Mutex
	var group sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		group.Add(1)
		go func() {
			defer group.Done()
			var f Facts
			mine := map[string]bool{}
			for n := w * s.size() / workers; n < (w+1)*s.size()/workers; n++ {
				s.at(n, &f)
				d := Decide(&f)
				results[n] = highestOf(d)
				for _, law := range laws {
					if broken := law.broken(d); broken != "" {
						t.Errorf("%s, state %d: %s: %s\n%s", s.name, n, law.says, broken, strings.Join(factLines(&f), "\n"))
						return
					}
				}
				for _, a := range d.Advice {
					for _, v := range a.Verdicts {
						mine[v.Rule.ID] = true
					}
				}
				for i := range d.Verdicts {
					if v := &d.Verdicts[i]; v.Rule.Quiet && v.Answer.IsYes() {
						mine[v.Rule.ID] = true
					}
				}
			}
			mutex.Lock()
			defer mutex.Unlock()
			for id := range mine {
				heard[id] = true
			}
		}()
	}
	group.Wait()
	return results, heard
}

// holdMonotone turns every danger fact of every state to yes and compares: the
// highest urgency never falls, from warning upward (decision C-53).
func (s *space) holdMonotone(t *testing.T, results []byte) int {
	t.Helper()
	compared := 0
	warning := byte(1 + Warning.rank())
	for _, name := range []string{"danger", "stable", "serious", "settled", "change", "worse"} {
		stride, values := s.stride(name)
		if stride == 0 {
			continue
		}
		calm := values - 1 // the last value is yes; what comes before is no or unknown
		if name == "danger" {
			calm = 2
		}
		for n, before := range results {
			at := n / stride % values
			if at >= calm || before < warning {
				continue
			}
			for to := calm; to < values; to++ {
				compared++
				if after := results[n+(to-at)*stride]; after < before {
					var f Facts
					s.at(n, &f)
					t.Fatalf("%s: turning %s to yes lowers the urgency in state %d\n%s", s.name, name, n, strings.Join(factLines(&f), "\n"))
				}
			}
		}
	}
	return compared
}

func factLines(f *Facts) []string {
	var lines []string
	for _, line := range f.Lines() {
		lines = append(lines, fmt.Sprintf("  %s %s: %s", line.ID, line.Name, line.Says))
	}
	return lines
}

// TestEveryAcuteReasonStays decides all combinations of the acute facts over
// their four values, with everything else silent and with everything else
// loud: each reason is named, in one card, and nothing stands beside it.
func TestEveryAcuteReasonStays(t *testing.T) {
	values := []Answer{No, Unknown, Yes, Conflict}
	states := 0
	for n := range 4 * 4 * 4 * 4 * 2 * 2 * 2 {
		f := Facts{AsOf: proofDay(), Hook: PatientView, Parameters: DefaultParameters()}
		f.CaudaEquina.Answer, f.Paresis.Answer = values[n%4], values[n/4%4]
		f.ParesisUnclear.Answer, f.IntractablePain.Answer = values[n/16%4], values[n/64%4]
		if n/256%2 == 1 {
			f.RedFlags.Answer = Yes
		} else {
			f.RedFlagsMissing = openQuestion
		}
		if n/512%2 == 1 {
			f.Gaps = unreadConditions
		}
		if n/1024%2 == 1 {
			f.BackPain, f.AboutBack, f.Page, f.PageDisagrees = yes(), yes(), Nonspecific, yes()
			f.Contact, f.SeriousPathology, f.SphincterSettled, f.SphincterChange = Count{Min: 4, Max: 5}, yes(), yes(), yes()
			f.ClearlyImproved, f.YellowFlags, f.ParesisStable, f.Minor = no(), yes(), yes(), yes()
		}
		d := Decide(&f)
		states++
		var want []string
		for id, fact := range map[string]Fact{"R-A1": f.CaudaEquina, "R-A2": f.Paresis, "R-A3": f.IntractablePain, "R-A4": f.ParesisUnclear} {
			if fact.IsYes() && (id != "R-A4" || !f.Paresis.IsYes()) {
				want = append(want, id)
			}
		}
		if len(want) == 0 {
			continue
		}
		slices.Sort(want)
		var got []string
		for _, v := range d.Advice[0].Verdicts {
			got = append(got, v.Rule.ID)
		}
		if len(d.Advice) != 1 || !slices.Equal(got, want) {
			t.Fatalf("state %d: %v, want one card with %v", n, got, want)
		}
	}
	t.Logf("%d states of the acute facts: each reason is named, in one card", states)
}
