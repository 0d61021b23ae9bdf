package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"html"
	"io"
	"regexp"
	"strings"
	"testing"

	"rygkort/pathway"
)

// sample is a start page with everything on it, and something hostile.
func sample(t *testing.T) Page {
	t.Helper()
	page, err := Home{
		Discovery: "https://cds.example.org/cds-services",
		Services:  []Service{{ID: "low-back-pain-patient-view", Hook: "patient-view", Title: "The patient's <next> step"}},
		Patients: []Patient{{
			Name: `Ditte "><script>alert(1)</script>`, English: "First contact.", Danish: "Første kontakt.",
			Sandbox: "https://sandbox.cds-hooks.org/?hook=patient-view&patientId=ditte", Command: "curl -s 'https://cds.example.org' | curl",
		}},
	}.Page()
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func rulesPageOf(t *testing.T) Page {
	t.Helper()
	page, err := Pathway(pathway.Rules(), pathway.Leaflet())
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// elements reads a page as a browser would have to, and fails where tags do not
// match.
func elements(t *testing.T, page Page) []xml.StartElement {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(page.HTML))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var found []xml.StartElement
	depth := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the page is not well-formed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			found = append(found, token.Copy())
			depth++
		case xml.EndElement:
			depth--
		}
	}
	if depth != 0 || len(found) == 0 {
		t.Fatalf("%d elements, %d left open", len(found), depth)
	}
	return found
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func TestPagesLoadNothingAndRunNothing(t *testing.T) {
	for name, page := range map[string]Page{"home": sample(t), "pathway": rulesPageOf(t), "report": reportPageOf(t, twoDays(t), "")} {
		for _, e := range elements(t, page) {
			switch e.Name.Local {
			case "script", "link", "iframe", "object", "form":
				t.Errorf("%s: <%s>", name, e.Name.Local)
			case "img":
				if source := attribute(e, "src"); source != "/icon.png" {
					t.Errorf("%s: an image from %s", name, source)
				}
			}
			for _, a := range e.Attr {
				if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "style" {
					t.Errorf("%s: attribute %s", name, a.Name.Local)
				}
			}
		}
		style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindSubmatch(page.HTML)
		if style == nil {
			t.Fatalf("%s: no style", name)
		}
		hash := sha256.Sum256(style[1])
		if want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"; !strings.Contains(page.Policy, want) {
			t.Errorf("%s: the policy %q does not allow the page's own style, %s", name, page.Policy, want)
		}
	}
}

func TestTheStartPageEscapesWhatItIsGiven(t *testing.T) {
	page := string(sample(t).HTML)
	if strings.Contains(page, "<script>") || strings.Contains(page, "<next>") {
		t.Errorf("not escaped:\n%s", page)
	}
	for _, want := range []string{
		`lang="da">Første kontakt.`, `href="https://sandbox.cds-hooks.org/?hook=patient-view&amp;patientId=ditte"`,
		"curl -s &#39;https://cds.example.org&#39; | curl", "https://cds.example.org/cds-services",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing", want)
		}
	}
}

// TestTheRulesPageSaysAllThatARuleAndASentenceSay holds the page to the
// registry: every rule and every sentence, under its own anchor, verbatim.
func TestTheRulesPageSaysAllThatARuleAndASentenceSay(t *testing.T) {
	page := rulesPageOf(t)
	anchors := map[string]int{}
	var links []string
	for _, e := range elements(t, page) {
		if id := attribute(e, "id"); id != "" {
			anchors[id]++
		}
		if target, inside := strings.CutPrefix(attribute(e, "href"), "#"); inside {
			links = append(links, target)
		}
	}
	text := html.UnescapeString(string(page.HTML))
	for _, rule := range pathway.Rules() {
		if anchors[rule.ID] != 1 {
			t.Errorf("%s: %d anchors", rule.ID, anchors[rule.ID])
		}
		_, section, _ := strings.Cut(text, `<section id="`+rule.ID+`">`)
		section, _, _ = strings.Cut(section, "</section>")
		wanted := []string{rule.When, rule.Then, string(rule.Class), string(rule.Urgency), rule.Source}
		wanted = append(wanted, rule.Readings...)
		for _, id := range rule.Sentences {
			wanted = append(wanted, id, `<q lang="da">`+pathway.SentenceText(id)+`</q>`)
		}
		for _, want := range wanted {
			if !strings.Contains(section, want) {
				t.Errorf("%s: %q is missing", rule.ID, want)
			}
		}
		if (ruleSection{Rule: rule}).Kind() == "" {
			t.Errorf("%s: class %q has no words", rule.ID, rule.Class)
		}
	}
	for _, sentence := range pathway.Leaflet() {
		if anchors[sentence.ID] != 1 {
			t.Errorf("%s: %d anchors", sentence.ID, anchors[sentence.ID])
		}
		if !strings.Contains(text, `<td lang="da">`+sentence.Text+`</td>`) {
			t.Errorf("%s does not stand there verbatim", sentence.ID)
		}
	}
	for _, link := range links {
		if anchors[link] == 0 {
			t.Errorf("a link to #%s, which is not there", link)
		}
	}
}
