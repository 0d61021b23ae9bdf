package fhir_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"rygkort/pathway"
)

// update writes the made pages of the corpus. What they expect comes from what
// was meant, never from what was read.
var update = flag.Bool("update", false, "write the made pages of testdata/fhir")

const madeName = "made.txtar"

// TestMadePagesAreWhatTheirMakerMeant holds the made pages of the corpus
// against their maker.
func TestMadePagesAreWhatTheirMakerMeant(t *testing.T) {
	for i, d := range dialects() {
		path := filepath.Join(corpusFolder, d.name, madeName)
		m := maker{dialect: d, random: rand.New(rand.NewPCG(20261123, uint64(i)))}
		want := m.page(t)
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s is not what its maker writes: go test ./fhir -run MadePages -update", path)
		}
	}
}

// maker makes one page.
type maker struct {
	dialect
	random *rand.Rand
	count  int
	expect strings.Builder
	ids    map[string]string // the id of the n-th resource of a type that others refer to
}

func pick[T any](m *maker, from []T) T { return from[m.random.IntN(len(from))] }

func (m *maker) chance(percent int) bool { return m.random.IntN(100) < percent }

// page writes the resources, and what was meant by them.
func (m *maker) page(t *testing.T) []byte {
	t.Helper()
	m.ids = map[string]string{}
	archive := txtar.Archive{Comment: []byte(m.title + "\n\nMade by corpus_make_test.go; what is expected is what was meant.\n\n")}
	type part struct {
		key  pathway.Source
		n    int
		make func() object
	}
	for _, p := range []part{
		{pathway.FromPatient, 1, m.person},
		{pathway.FromConditions, 9, m.diagnosis},
		{pathway.FromObservations, 9, m.finding},
		{pathway.FromEncounters, 4, m.contact},
		{pathway.FromRequests, 2, m.order},
		{pathway.FromProcedures, 2, m.treatment},
	} {
		fmt.Fprintf(&m.expect, "%s given\n\n", p.key)
		var entries []string
		for range p.n {
			m.count++
			o := p.make()
			entry := object{"resource": o}
			if id, ok := o["id"].(string); ok {
				entry["fullUrl"] = m.base + strings.TrimPrefix(fmt.Sprintf("%s/%s", o["resourceType"], id), map[bool]string{true: fmt.Sprint(o["resourceType"], "/")}[m.urn])
			}
			switch m.kind {
			case "searchset":
				entry["search"] = object{"mode": "match"}
			case "transaction":
				entry["request"] = object{"method": "POST", "url": o["resourceType"]}
			}
			entries = append(entries, "  "+string(encoded(t, entry)))
		}
		head := fmt.Sprintf(`{"resourceType": "Bundle", "type": %q, `, m.kind)
		if m.kind == "searchset" {
			head += fmt.Sprintf(`"total": %d, "link": [{"relation": "self", "url": %q}], `, p.n, m.base+string(p.key))
		}
		archive.Files = append(archive.Files, txtar.File{Name: string(p.key) + ".json", Data: []byte(head + "\"entry\": [\n" + strings.Join(entries, ",\n") + "\n]}\n")})
	}
	archive.Files = append(archive.Files, txtar.File{Name: "expect", Data: []byte(m.expect.String())})
	return txtar.Format(&archive)
}

// means writes what is expected of a resource.
func (m *maker) means(o object, lines ...string) {
	fmt.Fprintf(&m.expect, "%s/%s\n", o["resourceType"], o["id"])
	for _, line := range lines {
		fmt.Fprintf(&m.expect, "  %s\n", line)
	}
	m.expect.WriteString("\n")
}

func (m *maker) refer(kind, id string) object {
	switch {
	case m.urn:
		return object{"reference": "urn:uuid:" + id}
	case m.absolute:
		return object{"reference": m.base + kind + "/" + id}
	case m.name == "epic":
		return object{"reference": kind + "/" + id, "display": kind + " of the invented patient", "identifier": object{"system": "urn:invented", "value": id}, "type": kind}
	default:
		return reference(kind + "/" + id)
	}
}

// linked is the id that a reference of this dialect leads to: a URN leads
// nowhere.
func (m *maker) linked(id string) string {
	if m.urn {
		return ""
	}
	return id
}

func (m *maker) resource(kind string) object {
	o := object{"resourceType": kind, "id": m.id(kind, m.count)}
	m.dress(m, o, m.count)
	m.ids[kind] = o["id"].(string)
	if kind != "Patient" {
		o["subject"] = m.refer("Patient", m.patient)
	}
	return o
}

// moment is a date as a record has it, and how it is expected.
func (m *maker) moment(daysAgo int) (written, meant string) {
	at := now().AddDate(0, 0, -daysAgo).Add(-time.Duration(m.random.IntN(90)) * time.Minute).Truncate(time.Minute)
	switch n := m.random.IntN(10); {
	case n < 4:
		return at.In(m.zone).Format(m.layout), at.Format(layoutSeconds)
	case n < 8:
		return at.Format(time.DateOnly), at.Format(time.DateOnly)
	case n < 9:
		return at.Format("2006-01"), at.Format("2006-01")
	default:
		return at.Format("2006"), at.Format("2006")
	}
}

func (m *maker) coding(system, code, words string) object {
	c := object{"system": system, "code": code}
	if m.display {
		c["display"] = words
	}
	if m.name == "cerner" {
		c["userSelected"] = system != icd10
	}
	return c
}

// codes writes a topic in the systems of the dialect, and tells what each
// coding of a known one means.
func (m *maker) codes(about topic) (concept object, matches map[pathway.Concept]string, readable bool) {
	var codings []any
	matches = map[pathway.Concept]string{}
	for i, system := range m.systems {
		asked, ok := known(system)
		code := about.codes[asked]
		if code == "" && !ok && strings.Contains(system, "example") {
			code = fmt.Sprintf("at%04d", i+len(about.words))
		}
		if code == "" {
			continue
		}
		codings = append(codings, m.coding(system, code, about.words))
		if !ok {
			continue
		}
		readable = true
		meant := about.all
		if special, ok := about.means[asked]; ok {
			meant = special
		}
		for _, c := range meant {
			if matches[c] == "" {
				matches[c] = codeOf(pathway.Evidence{Code: system + "|" + code})
			}
		}
	}
	concept = object{"coding": codings}
	if m.text {
		concept["text"] = about.words
	}
	return concept, matches, readable
}

// writable is a topic that the dialect has a code for.
func (m *maker) writable() topic {
	for {
		about := pick(m, topics())
		if concept, _, _ := m.codes(about); concept["coding"] != nil && len(concept["coding"].([]any)) > 0 {
			return about
		}
	}
}
