// Package demo holds invented patients and the small read-only FHIR R4 endpoint
// that serves them, so that the service can be tried without any record system.
//
// It alone knows the patients: one file each under patients, a FHIR Bundle to
// be read one resource after another, whose dates are placeholders relative to
// today (moment.go), and their stories in stories.json, in the order in which
// they are shown. A new patient is a new file and a new story, no code.
//
// The endpoint answers what the CDS Hooks Sandbox asks for, strictly enough to
// be believed and no more. It knows nothing of the pathway: what a patient is
// expected to show stands in the story, for people.
package demo

import (
	"embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
)

//go:embed stories.json practice.json patients/*.json
var files embed.FS

// What a caller of this package can get wrong.
var (
	ErrUnknownPatient = errors.New("no such demo patient")
	ErrUnknownHook    = errors.New("no such hook")
)

// Patient is one demo patient as people see it.
type Patient struct {
	ID    string
	Name  string
	Story map[string]string // by language, "da" and "en": what happened, and which card is expected
	Hook  string            // the hook that shows it best
}

// Demo serves the demo patients as they stand today by its clock.
type Demo struct {
	now      func() time.Time
	patients []Patient
	records  []record
	fails    map[section]bool
}

// section is one patient's records of one type. Those in Demo.fails cannot be
// had, as if that part of the record system were out of order.
type section struct{ patient, kind string }

// New reads and checks every patient. Its error is a mistake in the embedded
// files; once it has passed, rendering cannot fail.
func New(now func() time.Time) (*Demo, error) {
	d := &Demo{now: now, fails: map[section]bool{}}
	if err := d.add("practice.json", ""); err != nil {
		return nil, err
	}
	stories, err := readStories()
	if err != nil {
		return nil, err
	}
	for _, story := range stories {
		if err := d.add("patients/"+story.ID+".json", story.ID); err != nil {
			return nil, err
		}
		name, err := d.name(story.ID)
		if err != nil {
			return nil, err
		}
		if d.find("Encounter", encounterToday(story.ID)) == nil {
			return nil, fmt.Errorf("patient %s: no encounter of today", story.ID)
		}
		for _, kind := range story.Fails {
			d.fails[section{story.ID, kind}] = true
		}
		d.patients = append(d.patients, Patient{ID: story.ID, Name: name, Story: story.Story, Hook: story.Hook})
	}
	return d, d.check(now())
}

// Patients are the demo patients in the order in which they are shown.
func (d *Demo) Patients() []Patient {
	all := slices.Clone(d.patients)
	for i := range all {
		all[i].Story = maps.Clone(all[i].Story)
	}
	return all
}

// story is what stories.json says of a patient.
type story struct {
	ID    string            `json:"id"`
	Hook  string            `json:"hook"`
	Story map[string]string `json:"story"`
	Fails []string          `json:"fails"` // resource types whose search answers 503
}

func readStories() ([]story, error) {
	text, err := files.ReadFile("stories.json")
	if err != nil {
		return nil, err
	}
	var stories []story
	if err := json.Unmarshal(text, &stories, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("stories.json: %w", err)
	}
	for _, s := range stories {
		if s.Story["da"] == "" || s.Story["en"] == "" {
			return nil, fmt.Errorf("patient %s: a story in Danish and in English is needed", s.ID)
		}
		if screen(s.Hook) == "" {
			return nil, fmt.Errorf("patient %s: %w", s.ID, ErrUnknownHook)
		}
		for _, kind := range s.Fails {
			if !supported(kind) {
				return nil, fmt.Errorf("patient %s: resource type %q is not served", s.ID, kind)
			}
		}
	}
	return stories, nil
}

// encounterToday is the id that each patient's Encounter of today carries.
func encounterToday(patient string) string { return patient + "-today" }
