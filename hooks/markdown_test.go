package hooks_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"rygkort/pathway"
)

func TestTheLeafletPageQuotesEverySentenceVerbatim(t *testing.T) {
	quoted := map[string]string{}
	for _, row := range readPage(t, "../docs/leaflet.md").rows("id", "sentence", "English") {
		if _, twice := quoted[row[0]]; twice {
			t.Errorf("%s stands there twice", row[0])
		}
		if row[2] == "" {
			t.Errorf("%s has no English", row[0])
		}
		quoted[row[0]] = row[1]
	}
	said := map[string]string{}
	for _, sentence := range pathway.Leaflet() {
		said[sentence.ID] = sentence.Text
	}
	if diff := cmp.Diff(said, quoted); diff != "" {
		t.Errorf("pathway.Leaflet (-), docs/leaflet.md (+):\n%s", diff)
	}
}

func TestTheReadingsPageNamesTheRulesThatUseEachReading(t *testing.T) {
	page := readPage(t, "../docs/readings.md")
	used := map[string][]string{}
	for _, rule := range pathway.Rules() {
		for _, id := range rule.Readings {
			if _, found := page.heading(id); !found {
				t.Errorf("%s uses %s, which docs/readings.md does not hold", rule.ID, id)
			}
			used[id] = append(used[id], rule.ID)
		}
	}
	var reading string
	for _, line := range page.lines {
		if heading, found := strings.CutPrefix(line, "### "); found {
			reading, _, _ = strings.Cut(heading, " ")
		}
		if list, found := strings.CutPrefix(line, "- Rules: "); found {
			got := ruleID.FindAllString(list, -1)
			want := used[reading]
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s, the registry (-), docs/readings.md (+):\n%s", reading, cmp.Diff(want, got))
			}
		}
	}
}

func TestEveryScenarioThatADocumentNamesExists(t *testing.T) {
	known := map[string]bool{}
	for _, s := range scenarios(t) {
		known[s.name] = true
	}
	for _, path := range []string{"../docs/safety.md", "../CHANGELOG.md"} {
		count := 0
		for _, name := range codeSpans(strings.Join(readPage(t, path).lines, "\n")) {
			hook := slices.Contains([]string{"patient-view", "order-select", "order-sign"}, name)
			if hook || !scenarioName.MatchString(name) {
				continue
			}
			count++
			if !known[name] {
				t.Errorf("%s names %s, which is no scenario", path, name)
			}
		}
		if count == 0 {
			t.Errorf("%s names no scenario at all, or this test cannot see them", path)
		}
	}
}

func TestRelativeLinksLeadToFilesAndHeadings(t *testing.T) {
	paths := []string{"../README.md", "../CHANGELOG.md"}
	err := filepath.WalkDir(docsFolder, func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".md" {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	pages, count := map[string]page{}, 0
	for _, path := range paths {
		for _, target := range readPage(t, path).links() {
			count++
			file, fragment, _ := strings.Cut(target, "#")
			file = filepath.Join(filepath.Dir(path), file)
			if target[0] == '#' {
				file = path
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: the link %s leads to no file", path, target)
				continue
			}
			if fragment == "" {
				continue
			}
			if _, read := pages[file]; !read {
				pages[file] = readPage(t, file)
			}
			if !slices.Contains(pages[file].anchors(), fragment) {
				t.Errorf("%s: the link %s leads to no heading", path, target)
			}
		}
	}
	if count < 1000 {
		t.Errorf("only %d links were seen", count)
	}
}

func TestAnchorsAreMadeAsGitHubMakesThem(t *testing.T) {
	for heading, want := range map[string]string{
		"D-6 Acute, and D-7":               "d-6-acute-and-d-7",
		"A-09 \"4-6 uger uden effekt\"":    "a-09-4-6-uger-uden-effekt",
		"B-10 Fewer than `Bundle.total`":   "b-10-fewer-than-bundletotal",
		"F-31…F-36 a_b — æøå":              "f-31f-36-a_b--æøå",
		"[Readings](readings.md) and more": "readings-and-more",
	} {
		if got := anchor(heading); got != want {
			t.Errorf("%q: %q, not %q", heading, got, want)
		}
	}
	twice := page{lines: []string{"# One", "## One", "```", "# no heading", "```"}}
	if got := twice.anchors(); !slices.Equal(got, []string{"one", "one-1"}) {
		t.Errorf("%q", got)
	}
}

var (
	linkTarget   = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	codeSpan     = regexp.MustCompile("`([^`\n]+)`")
	inlineLink   = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
	scenarioName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$`)
	ruleID       = regexp.MustCompile(`\b[RO]-[A-Z]\d*\b`)
	factID       = regexp.MustCompile(`\b([FDC])-(\d+)\b`)
	factRange    = regexp.MustCompile(`\b([FD])-(\d+)(?: to |…)([FD])-(\d+)`)
)

// page is a document as its lines.
type page struct{ lines []string }

func readPage(t *testing.T, path string) page {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return page{strings.Split(string(text), "\n")}
}

// prose are the lines outside code blocks.
func (p page) prose() []string {
	var lines []string
	fenced := false
	for _, line := range p.lines {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		} else if !fenced {
			lines = append(lines, line)
		}
	}
	return lines
}

func (p page) headings() []string {
	var found []string
	for _, line := range p.prose() {
		if marks := strings.TrimLeft(line, "#"); marks != line && strings.HasPrefix(marks, " ") {
			found = append(found, strings.TrimSpace(marks))
		}
	}
	return found
}

// heading is the heading that begins with an id.
func (p page) heading(id string) (string, bool) {
	for _, heading := range p.headings() {
		if strings.HasPrefix(heading, id+" ") {
			return heading, true
		}
	}
	return "", false
}

// anchors are the fragments by which the page's headings are found; of two
// equal ones the second gets a number.
func (p page) anchors() []string {
	var found []string
	seen := map[string]int{}
	for _, heading := range p.headings() {
		name := anchor(heading)
		if n := seen[name]; n > 0 {
			found = append(found, fmt.Sprintf("%s-%d", name, n))
		} else {
			found = append(found, name)
		}
		seen[name]++
	}
	return found
}

// anchor is GitHub's: small letters, blanks become hyphens, of the rest only
// letters, digits, hyphens and low lines stay.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
			return unicode.ToLower(r)
		default:
			return -1
		}
	}, inlineLink.ReplaceAllString(heading, "$1"))
}

// links are the targets within the repository.
func (p page) links() []string {
	var found []string
	for _, match := range linkTarget.FindAllStringSubmatch(strings.Join(p.prose(), "\n"), -1) {
		if !strings.Contains(match[1], "://") && !strings.HasPrefix(match[1], "mailto:") {
			found = append(found, match[1])
		}
	}
	return found
}

// rows are those of all tables with this head, cell by cell.
func (p page) rows(head ...string) [][]string {
	var found [][]string
	inside := false
	for _, line := range p.lines {
		if !strings.HasPrefix(line, "|") {
			inside = false
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i, cell := range cells {
			cells[i] = strings.TrimSpace(cell)
		}
		switch {
		case slices.Equal(cells, head):
			inside = true
		case inside && len(cells) == len(head) && !strings.HasPrefix(cells[0], "---"):
			found = append(found, cells)
		}
	}
	return found
}

// codeSpans are the words between backticks, in order.
func codeSpans(text string) []string {
	var found []string
	for _, match := range codeSpan.FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}

// defined says under which heading each fact stands: the heading names it, or
// a row of a table below begins with it.
func (p page) defined() map[string]string {
	under := map[string]string{}
	var heading string
	define := func(text string) {
		for _, id := range expanded(text) {
			if _, known := under[id]; !known {
				under[id] = heading
			}
		}
	}
	lines := p.prose()
	for _, line := range lines { // a heading says more surely than a row where something stands
		if strings.HasPrefix(line, "#") {
			heading = strings.TrimSpace(strings.TrimLeft(line, "#"))
			define(heading)
		}
	}
	for _, line := range lines {
		switch {
		case strings.HasPrefix(line, "#"):
			heading = strings.TrimSpace(strings.TrimLeft(line, "#"))
		case strings.HasPrefix(line, "|"):
			define(strings.Split(line, "|")[1])
		}
	}
	return under
}

// expanded are the fact ids in a text, ranges written out.
func expanded(text string) []string {
	var found []string
	for _, match := range factRange.FindAllStringSubmatch(text, -1) {
		from, _ := strconv.Atoi(match[2])
		to, _ := strconv.Atoi(match[4])
		for n := from; n <= to; n++ {
			found = append(found, fmt.Sprintf("%s-%0*d", match[1], len(match[2]), n))
		}
	}
	return append(found, factID.FindAllString(text, -1)...)
}

// linked is a text with each fact it names linked to where docs/facts.md says
// what it is, for a page in docs/rules; strange are those it does not say.
func (p page) linked(text string) (linked string, strange []string) {
	under := p.defined()
	linked = factID.ReplaceAllStringFunc(text, func(id string) string {
		if heading, known := under[id]; known {
			return fmt.Sprintf("[%s](../facts.md#%s)", id, anchor(heading))
		}
		strange = append(strange, id)
		return id
	})
	return linked, strange
}
