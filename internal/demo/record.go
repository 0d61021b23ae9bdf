package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// record is one resource of the demo: its text, and what it is found by.
type record struct {
	kind  string // the resourceType
	id    string
	owner string // the patient in whose file it stands, empty for the practice

	codings []coding  // of its element code
	name    humanName // of a Patient
	text    template
}

type coding struct{ system, code string }

// humanName is what we show of a Patient.name.
type humanName struct {
	Family string   `json:"family"`
	Given  []string `json:"given"`
}

// add reads one file of resources into the demo.
func (d *Demo) add(file, owner string) error {
	text, err := files.ReadFile(file)
	if err != nil {
		return err
	}
	var bundle struct {
		ResourceType string `json:"resourceType"`
		Type         string `json:"type"`
		Entry        []struct {
			Resource jsontext.Value `json:"resource"`
		} `json:"entry"`
	}
	if err := json.Unmarshal(text, &bundle, json.RejectUnknownMembers(true)); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if bundle.ResourceType != "Bundle" || bundle.Type != "collection" {
		return fmt.Errorf("%s: not a Bundle of type collection", file)
	}
	for i, entry := range bundle.Entry {
		r, err := parseRecord(entry.Resource, owner)
		if err != nil {
			return fmt.Errorf("%s: entry %d: %w", file, i, err)
		}
		if d.find(r.kind, r.id) != nil {
			return fmt.Errorf("%s: entry %d: %s/%s stands twice", file, i, r.kind, r.id)
		}
		d.records = append(d.records, r)
	}
	return nil
}

func parseRecord(resource jsontext.Value, owner string) (record, error) {
	var head struct {
		ResourceType string         `json:"resourceType"`
		ID           string         `json:"id"`
		Code         jsontext.Value `json:"code"`
		Name         []humanName    `json:"name"`
	}
	if err := json.Unmarshal(resource, &head); err != nil {
		return record{}, err
	}
	if !supported(head.ResourceType) {
		return record{}, fmt.Errorf("resource type %q is not served", head.ResourceType)
	}
	if !isID(head.ID) {
		return record{}, fmt.Errorf("%q is no FHIR id", head.ID)
	}
	text, err := parseTemplate(string(resource))
	if err != nil {
		return record{}, fmt.Errorf("%s/%s: %w", head.ResourceType, head.ID, err)
	}
	r := record{kind: head.ResourceType, id: head.ID, owner: owner, codings: codingsOf(head.Code), text: text}
	if len(head.Name) > 0 {
		r.name = head.Name[0]
	}
	return r, nil
}

// codingsOf reads a CodeableConcept. What is not shaped like one has no
// codings: the untidy patient is meant to be untidy.
func codingsOf(code jsontext.Value) []coding {
	var concept struct {
		Coding []struct {
			System string `json:"system"`
			Code   string `json:"code"`
		} `json:"coding"`
	}
	if len(code) == 0 || json.Unmarshal(code, &concept) != nil {
		return nil
	}
	var all []coding
	for _, c := range concept.Coding {
		if c.Code != "" {
			all = append(all, coding{c.System, c.Code})
		}
	}
	return all
}

// check renders every record once, so that a mistake in a file stops the
// program at start and not a caller later.
func (d *Demo) check(now time.Time) error {
	for _, r := range d.records {
		if !jsontext.Value(r.text.render(now)).IsValid() {
			return fmt.Errorf("%s/%s: rendered, it is no JSON", r.kind, r.id)
		}
	}
	return nil
}

// find is the record of that type and id, or nil.
func (d *Demo) find(kind, id string) *record {
	i := slices.IndexFunc(d.records, func(r record) bool { return r.kind == kind && r.id == id })
	if i < 0 {
		return nil
	}
	return &d.records[i]
}

// name is how a patient is shown. The Sandbox fails on a patient without a
// given name in a list, so none may be without.
func (d *Demo) name(patient string) (string, error) {
	r := d.find("Patient", patient)
	if r == nil || r.owner != patient {
		return "", fmt.Errorf("patient %s: the Patient resource is missing", patient)
	}
	if r.name.Family == "" || len(r.name.Given) == 0 {
		return "", fmt.Errorf("patient %s: a given and a family name are needed", patient)
	}
	return strings.Join(r.name.Given, " ") + " " + r.name.Family, nil
}

// isID says whether text is a FHIR id: letters, digits, '-' and '.', 1 to 64.
func isID(text string) bool {
	return len(text) >= 1 && len(text) <= 64 && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.'
	})
}
