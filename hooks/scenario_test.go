package hooks_test

import (
	"bytes"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"rygkort/cards"
	"rygkort/fhir"
	"rygkort/hooks"
	"rygkort/pathway"
)

// update writes the machine's sections of the scenarios, facts and answer. The
// header, Expect among it, is written by hand and never by the machine.
var update = flag.Bool("update", false, "write the facts and answers of testdata/scenarios")

const scenarioFolder = "../testdata/scenarios"

// scenario is one patient story.
type scenario struct {
	name    string
	path    string
	archive *txtar.Archive
	now     time.Time
	expect  []string
}

// TestScenarios tells every story through the whole service: what the EHR
// sent, what was understood, what was answered.
func TestScenarios(t *testing.T) {
	for _, s := range scenarios(t) {
		t.Run(s.name, func(t *testing.T) {
			response, trace, err := s.answer(t)
			if got := outcomeLines(response, err); !slices.Equal(got, s.expect) {
				t.Errorf("Expect differs; what a clinician wrote (-), what the service answers (+):\n%s", cmp.Diff(s.expect, got))
			}
			lawful(t, response, cards.Danish)
			s.golden(t, "facts", factsText(trace))
			s.golden(t, "answer", answerText(response, err))
			if *update {
				if err := os.WriteFile(s.path, txtar.Format(s.archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// lawful holds the constraints of CDS Hooks and our own laws on an answer. Every
// answer in every test passes through here.
func lawful(t interface {
	Helper()
	Errorf(format string, args ...any)
}, response hooks.Response, language cards.Language,
) {
	t.Helper()
	if violations := cards.CheckAll(response.Cards, language); len(violations) > 0 {
		t.Errorf("a card breaks the constraints of CDS Hooks or our laws:\n%s", strings.Join(violations, "\n"))
	}
}

// TestEveryRuleHasScenariosInWhichItSpeaksIsSilentAndCannotBeJudged walks the
// registry: a rule nobody tells a story about is a rule nobody has tried.
func TestEveryRuleHasScenariosInWhichItSpeaksIsSilentAndCannotBeJudged(t *testing.T) {
	told := map[string]map[pathway.Answer]bool{}
	for _, s := range scenarios(t) {
		_, trace, _ := s.answer(t)
		if trace.Decision == nil {
			continue
		}
		for _, v := range trace.Decision.Verdicts {
			if told[v.Rule.ID] == nil {
				told[v.Rule.ID] = map[pathway.Answer]bool{}
			}
			answer := v.Answer
			if answer.IsYes() {
				answer = pathway.Yes
			}
			told[v.Rule.ID][answer] = true
		}
	}
	for _, rule := range pathway.Rules() {
		for _, answer := range []pathway.Answer{pathway.Yes, pathway.No, pathway.Unknown} {
			if told[rule.ID][answer] || answer == pathway.Unknown && asksAboutTheUnknown(rule.ID) {
				continue
			}
			if rule.Class == pathway.Extension && answer != pathway.No {
				continue // off in every scenario; pathway's own tests switch them on
			}
			t.Errorf("%s: no scenario in which it answers %v", rule.ID, answer)
		}
	}
}

// asksAboutTheUnknown names the rules that cannot themselves be unknown: they
// speak of what is missing, and whether something is missing is always known.
func asksAboutTheUnknown(id string) bool {
	return slices.Contains([]string{"O-M3", "O-M7", "O-X2"}, id)
}

// scenarios reads every story.
func scenarios(t *testing.T) []scenario {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(scenarioFolder, "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scenarios in %s: %v", scenarioFolder, err)
	}
	stories := make([]scenario, 0, len(paths))
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s := scenario{name: strings.TrimSuffix(filepath.Base(path), ".txtar"), path: path, archive: archive, now: scenarioNow(t)}
		for line := range strings.Lines(string(archive.Comment)) {
			word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
			switch rest = strings.TrimSpace(rest); word {
			case "Expect":
				s.expect = append(s.expect, rest)
			case "Now":
				if s.now, err = time.Parse(time.RFC3339, rest); err != nil {
					t.Fatalf("%s: Now: %v", path, err)
				}
			}
		}
		if len(s.expect) == 0 {
			t.Errorf("%s: no line that begins with Expect", path)
		}
		stories = append(stories, s)
	}
	return stories
}

// scenarioNow is the day on which all stories play, unless one says otherwise.
func scenarioNow(t *testing.T) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		t.Fatal(err)
	}
	return time.Date(2026, time.November, 23, 10, 0, 0, 0, zone)
}

// answer puts the story's request to the service.
func (s scenario) answer(t *testing.T) (hooks.Response, hooks.Trace, error) {
	t.Helper()
	service := storyService(t, s.now)
	return service.Answer(t.Context(), s.section("request.json"), "", cards.Danish)
}

// storyService is the service with a fixed clock and counted uuids.
func storyService(t testing.TB, now time.Time, fetchers ...*fhir.Fetcher) *hooks.Service {
	t.Helper()
	terms, err := fhir.NewTerminology(fhir.DefaultCanonical)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	var fetcher *fhir.Fetcher
	if len(fetchers) > 0 {
		fetcher = fetchers[0]
	}
	return hooks.New(hooks.Config{
		Reader:  fhir.NewReader(terms, fetcher),
		Servers: hooks.LoopbackServers{},
		Renderer: cards.New(cards.Settings{
			Canonical: fhir.DefaultCanonical, PublicURL: "https://cds.example.org",
			NewUUID: func() string { count++; return fmt.Sprintf("00000000-0000-4000-8000-%012d", count) },
		}),
		Parameters: pathway.DefaultParameters(),
		PublicURL:  "https://cds.example.org",
		Clock:      func() time.Time { return now },
		Logger:     slog.New(slog.DiscardHandler),
	})
}

func (s scenario) section(name string) []byte {
	for _, f := range s.archive.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

// golden compares a section, or sets it.
func (s *scenario) golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		for i, f := range s.archive.Files {
			if f.Name == name {
				s.archive.Files[i].Data = []byte(got)
				return
			}
		}
		s.archive.Files = append(s.archive.Files, txtar.File{Name: name, Data: []byte(got)})
		return
	}
	if want := string(s.section(name)); want != got {
		t.Errorf("%s differs from the scenario (-), `make update` writes it anew:\n%s", name, cmp.Diff(want, got))
	}
}

// outcomeLines is an answer in the words of Expect: a line for each card with
// its rules and its urgency, "none", or the status and field of a refusal.
func outcomeLines(response hooks.Response, err error) []string {
	if err != nil {
		line := fmt.Sprint(hooks.Status(err))
		if refusal, ok := err.(*hooks.Refusal); ok { //nolint:errorlint // Answer returns it bare
			for _, issue := range refusal.Issues {
				line = strings.TrimSpace(line + " " + issue.Field)
			}
		}
		return []string{line}
	}
	if len(response.Cards) == 0 {
		return []string{"none"}
	}
	var lines []string
	for _, card := range response.Cards {
		lines = append(lines, strings.Join(card.Extension.Decision.Rules, " ")+" "+string(card.Indicator))
	}
	return lines
}

// factsText is what was understood, a line for each known fact with what it
// rests on, and last what stays unknown.
func factsText(trace hooks.Trace) string {
	if trace.Decision == nil {
		return ""
	}
	var b strings.Builder
	var unknown []string
	for _, line := range trace.Decision.Facts.Lines() {
		if line.Says == "unknown" {
			unknown = append(unknown, line.ID)
			continue
		}
		fmt.Fprintf(&b, "%-5s %s: %s", line.ID, line.Name, line.Says)
		var rests []string
		for _, e := range line.Evidence {
			if e.Reference != "" && !slices.Contains(rests, e.Reference) {
				rests = append(rests, e.Reference)
			}
		}
		if len(rests) > 0 {
			fmt.Fprintf(&b, " (%s)", strings.Join(rests, ", "))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "unknown: %s\n", strings.Join(unknown, " "))
	for _, gap := range trace.Reading.Chart.Gaps {
		fmt.Fprintf(&b, "gap: %s %s%s\n", gap.Source, gap.Reason, before(" ", gap.Reference))
	}
	for _, note := range trace.Reading.Notes {
		fmt.Fprintf(&b, "note: %s%s: %s\n", note.Resource, note.Pointer, note.What)
	}
	return b.String()
}

func before(space, text string) string {
	if text == "" {
		return ""
	}
	return space + text
}

// answerText is what was answered, as a clinician can read it.
func answerText(response hooks.Response, err error) string {
	if err != nil {
		return err.Error() + "\n"
	}
	var b strings.Builder
	for _, card := range response.Cards {
		fmt.Fprintf(&b, "%s: %s\n", strings.ToUpper(string(card.Indicator)), card.Summary)
		for line := range strings.Lines(card.Detail) {
			if line = strings.TrimRight(line, "\n "); line != "" {
				fmt.Fprintf(&b, "  %s\n", line)
			}
		}
		for _, suggestion := range card.Suggestions {
			mark := "-"
			if suggestion.IsRecommended {
				mark = "*"
			}
			fmt.Fprintf(&b, "  %s [%s]\n", mark, suggestion.Label)
		}
	}
	if len(response.Cards) == 0 {
		return "no cards\n"
	}
	return b.String()
}

// TestFullAnswers holds three whole answers byte for byte, one for each hook:
// the scenarios show what a clinician reads, these what a client parses.
func TestFullAnswers(t *testing.T) {
	for _, name := range []string{"cauda-equina-suspected", "mri-criteria-not-met", "mri-sign-acute"} {
		t.Run(name, func(t *testing.T) {
			index := slices.IndexFunc(scenarios(t), func(s scenario) bool { return s.name == name })
			if index < 0 {
				t.Fatalf("there is no scenario %s", name)
			}
			response, _, err := scenarios(t)[index].answer(t)
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(response, jsontext.WithIndent("  "))
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			path := filepath.Join("testdata", name+".json")
			if *update {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(want, got) {
				t.Errorf("the answer differs:\n%s", cmp.Diff(string(want), string(got)))
			}
		})
	}
}
