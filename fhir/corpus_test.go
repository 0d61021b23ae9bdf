package fhir_test

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"rygkort/fhir"
	"rygkort/pathway"
)

// The corpus is resources in the shapes in which servers send them, each with
// what has to be understood of it. Its language stands in
// testdata/fhir/README.md.
const (
	corpusFolder = "../testdata/fhir"
	corpusLeast  = 300 // fewer resources are no corpus
)

// nameless is the block of resources to which no reference is possible.
const nameless = "(no id)"

// sheet is one file of the corpus: what a server sent, and what is understood.
type sheet struct {
	name  string // "hapi/contained"
	call  call
	slots []slot
	want  map[string][]string // lines by block: a key, a resource, or nameless
	words map[string]bool     // every string in the data
}

// slot is one resource as it stands in a page.
type slot struct {
	source    pathway.Source
	reference string
	raw       jsontext.Value
}

// TestCorpus holds that every resource is read as its page says or is named as
// unreadable, and that nothing else is read.
func TestCorpus(t *testing.T) {
	resources := map[string]int{}
	for _, path := range corpusPaths(t) {
		p := readSheet(t, path)
		resources[filepath.Dir(p.name)] += len(p.slots)
		t.Run(p.name, func(t *testing.T) {
			p.complete(t)
			r := p.call.by(reader(t))
			said := p.said(r)
			for _, block := range slices.Sorted(maps.Keys(union(p.want, said))) {
				t.Run(block, func(t *testing.T) { sameLines(t, p.want[block], said[block]) })
			}
			p.alone(t)
			p.inItsOwnWords(t, r)
		})
	}
	total := 0
	for shape, n := range resources {
		total += n
		t.Logf("%s: %d", shape, n)
	}
	if t.Logf("resources: %d", total); total < corpusLeast {
		t.Errorf("%d resources, want at least %d", total, corpusLeast)
	}
}

func corpusPaths(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(corpusFolder, "*", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// sameLines compares what is expected of a resource with what is said of it. A
// line "nothing: why" stands for no line but notes.
func sameLines(t *testing.T, want, got []string) {
	t.Helper()
	want = slices.DeleteFunc(slices.Clone(want), isNothing)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("expected (-), read (+):\n%s", cmp.Diff(want, got))
	}
}

func isNothing(line string) bool { return strings.HasPrefix(line, "nothing: ") }

func isNote(line string) bool { return strings.HasPrefix(line, "note") }

func union(a, b map[string][]string) map[string][]string {
	both := maps.Clone(a)
	maps.Copy(both, b)
	return both
}

// readSheet reads a file of the corpus.
func readSheet(t *testing.T, path string) sheet {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	name, err := filepath.Rel(corpusFolder, strings.TrimSuffix(path, ".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	p := sheet{name: filepath.ToSlash(name), want: map[string][]string{}, words: map[string]bool{}}
	p.call = callWith(t, nil)
	for _, source := range fhir.Keys() {
		p.call.Prefetch[source] = raw("null")
	}
	header := string(archive.Comment)
	if _, id, ok := strings.Cut(header, "\nPatient: "); ok {
		p.call.Patient, _, _ = strings.Cut(id, "\n")
	}
	for _, file := range archive.Files {
		text := string(file.Data)
		source := pathway.Source(strings.TrimSuffix(file.Name, ".json"))
		switch {
		case file.Name == "expect":
			p.want = blocks(t, p.name, text)
		case slices.Contains(fhir.Keys(), source):
			if strings.Contains(header, "\nLines: CRLF") {
				text = strings.ReplaceAll(text, "\n", "\r\n")
			}
			p.call.Prefetch[source] = raw(strings.TrimSpace(unfold(text)))
			p.slots = append(p.slots, slotsOf(source, p.call.Prefetch[source])...)
			wordsOf(p.words, p.call.Prefetch[source])
		default:
			t.Fatalf("%s: %s is no prefetch key", p.name, file.Name)
		}
	}
	return p
}

// repeated is how a page writes what would be too long for it, "⟦9000×abc⟧",
// and a byte that is no UTF-8, "⟦byte ff⟧".
var (
	repeated = regexp.MustCompile(`⟦(\d+)×([^⟧]*)⟧`)
	oddByte  = regexp.MustCompile(`⟦byte ([0-9a-f]{2})⟧`)
)

func unfold(text string) string {
	text = repeated.ReplaceAllStringFunc(text, func(found string) string {
		parts := repeated.FindStringSubmatch(found)
		n, err := strconv.Atoi(parts[1])
		if err != nil {
			return found
		}
		return strings.Repeat(parts[2], n)
	})
	return oddByte.ReplaceAllStringFunc(text, func(found string) string {
		n, err := strconv.ParseUint(oddByte.FindStringSubmatch(found)[1], 16, 8)
		if err != nil {
			return found
		}
		return string([]byte{byte(n)})
	})
}

// blocks reads the expectations: a heading, and indented lines under it. The
// heading of a prefetch key names its state, which becomes its first line.
func blocks(t *testing.T, name, text string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	heading := ""
	for line := range strings.Lines(text) {
		words := strings.Join(strings.Fields(line), " ")
		switch {
		case words == "":
		case line[0] != ' ':
			key, state, isKey := strings.Cut(words, " ")
			if heading = words; isKey && slices.Contains(fhir.Keys(), pathway.Source(key)) {
				heading = key
			}
			if _, twice := all[heading]; twice {
				t.Errorf("%s: two blocks of %s", name, heading)
			}
			all[heading] = nil
			if heading != words {
				all[heading] = []string{state}
			}
		default:
			all[heading] = append(all[heading], words)
		}
	}
	return all
}

func lax() json.Options {
	return json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// slotsOf finds the resources in a value in the plainest way, so that none is
// forgotten by reader and test alike.
func slotsOf(source pathway.Source, value jsontext.Value) []slot {
	type entry struct {
		Resource jsontext.Value `json:"resource"`
	}
	var top struct {
		Kind  jsontext.Value `json:"resourceType"`
		ID    jsontext.Value `json:"id"`
		Entry jsontext.Value `json:"entry"`
	}
	var list []jsontext.Value
	switch value.Kind() {
	case '[':
		if json.Unmarshal(value, &list, lax()) != nil {
			return nil
		}
	case '{':
		if json.Unmarshal(value, &top, lax()) != nil {
			return nil
		}
		if top.Entry == nil {
			if string(top.Kind) == `"Bundle"` {
				return nil
			}
			reference := nameless
			if kind, id := quoted(top.Kind), quoted(top.ID); kind != "" && id != "" {
				reference = kind + "/" + id
			}
			return []slot{{source, reference, value}}
		}
		entries := make([]entry, 1)
		if json.Unmarshal(top.Entry, &entries[0], lax()) != nil {
			var elements []jsontext.Value
			if json.Unmarshal(top.Entry, &elements, lax()) != nil {
				return nil
			}
			entries = make([]entry, len(elements))
			for i, element := range elements {
				_ = json.Unmarshal(element, &entries[i], lax()) // what is no entry holds no resource
			}
		}
		for _, e := range entries {
			list = append(list, e.Resource)
		}
	}
	var found []slot
	for _, value := range list {
		var inner struct {
			Kind jsontext.Value `json:"resourceType"`
		}
		if _ = json.Unmarshal(value, &inner, lax()); top.Entry != nil && quoted(inner.Kind) == "Bundle" {
			continue // a Bundle inside another is none of those that are read
		}
		if value.Kind() == '{' || value.Kind() == '[' {
			found = append(found, slotsOf(source, value)...)
		}
	}
	return found
}

func quoted(v jsontext.Value) string {
	var text string
	if json.Unmarshal(v, &text, lax()) != nil {
		return ""
	}
	return text
}

// wordsOf collects every string in a value.
func wordsOf(words map[string]bool, value jsontext.Value) {
	dec := jsontext.NewDecoder(strings.NewReader(string(value)), lax())
	for {
		token, err := dec.ReadToken()
		if err != nil {
			return
		}
		words[strings.TrimSpace(token.String())] = true
	}
}

// complete demands a block for each resource that says what was read, what was
// not, or why nothing is; and a state for each key.
func (p *sheet) complete(t *testing.T) {
	t.Helper()
	for _, s := range p.slots {
		if s.reference == nameless && strings.Contains(string(s.raw), `"OperationOutcome"`) {
			continue // its key tells of it
		}
		lines, told := p.want[s.reference]
		if !told || !slices.ContainsFunc(lines, func(l string) bool { return !isNote(l) }) {
			t.Errorf("%s: the page does not say what is read of it", s.reference)
		}
	}
	for block, lines := range p.want {
		if slices.ContainsFunc(lines, isNothing) && slices.ContainsFunc(lines, func(l string) bool { return !isNote(l) && !isNothing(l) }) {
			t.Errorf("%s: nothing, and something", block)
		}
		isKey := slices.Contains(fhir.Keys(), pathway.Source(block))
		_, id, _ := strings.Cut(block, "/")
		if !isKey && !p.words[id] && !slices.ContainsFunc(p.slots, func(s slot) bool { return s.reference == block }) {
			t.Errorf("%s: not in the data", block)
		}
	}
}

// alone demands that a resource by itself is read as it is among others.
func (p *sheet) alone(t *testing.T) {
	t.Helper()
	count := map[string]int{}
	for _, s := range p.slots {
		count[s.reference]++
	}
	for _, s := range p.slots {
		if s.reference == nameless || count[s.reference] > 1 {
			continue
		}
		call := p.call
		call.Prefetch = maps.Clone(p.call.Prefetch)
		for source := range call.Prefetch {
			call.Prefetch[source] = raw("null")
		}
		call.Prefetch[s.source] = raw("[" + string(s.raw) + "]")
		only := sheet{name: p.name, call: call}
		t.Run(s.reference+" alone", func(t *testing.T) {
			sameLines(t, p.want[s.reference], only.said(call.by(reader(t)))[s.reference])
		})
	}
}

// inItsOwnWords demands that what is shown of a finding is what the record or
// the value set calls it.
func (p *sheet) inItsOwnWords(t *testing.T, r *fhir.Reading) {
	t.Helper()
	terms, err := terminology()
	if err != nil {
		t.Fatal(err)
	}
	check := func(e pathway.Evidence) {
		if e.Display == "" || p.words[strings.TrimSpace(e.Display)] {
			return
		}
		i := strings.LastIndexByte(e.Code, '|')
		for _, match := range terms.Lookup(e.Code[:max(i, 0)], e.Code[i+1:]) {
			if match.Display == e.Display {
				return
			}
		}
		t.Errorf("%s is shown as %q, which nobody wrote", e.Reference, e.Display)
	}
	for _, c := range r.Chart.Conditions {
		check(c.Evidence)
	}
	for _, o := range r.Chart.Observations {
		check(o.Evidence)
	}
	for _, e := range r.Chart.Encounters {
		check(e.Evidence)
	}
	for _, done := range r.Chart.Procedures {
		check(done.Evidence)
	}
	for _, q := range r.Chart.Requests {
		check(q.Evidence)
	}
}
