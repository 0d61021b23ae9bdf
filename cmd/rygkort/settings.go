package main

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"rygkort/cards"
	"rygkort/fhir"
	"rygkort/hooks"
	"rygkort/pathway"
)

// answering are the settings that change what is answered. A flag wins over
// the environment, that over the file, and that over the default.
type answering struct {
	Config    string         `env:"RYGKORT_CONFIG" placeholder:"FILE" help:"Configuration file, YAML."`
	Language  cards.Language `enum:",da,en" default:"" env:"RYGKORT_LANGUAGE" help:"Language of the cards where a call asks for none: da (default) or en."`
	Parameter map[string]int `env:"RYGKORT_PARAMETERS" placeholder:"NAME=NUMBER" help:"A number of the rule set, such as mrc_severe=2; 'rygkort rules' lists them."`
	Extension []string       `env:"RYGKORT_EXTENSIONS" placeholder:"ID" help:"A rule or fact from outside the leaflet to switch on, such as R-E1; 'rygkort rules' lists them."`
	Zone      string         `env:"RYGKORT_ZONE" placeholder:"NAME" help:"Time zone in which the practice counts days (Europe/Copenhagen)."`
}

const wantZone = "want a name such as Europe/Copenhagen"

// answers is what is in force of them.
type answers struct {
	language   cards.Language
	parameters pathway.Parameters
	zone       *time.Location
	canonical  string
	links      map[string]string
	receivers  map[string]string
	valueSets  string
}

// settle puts flags, environment and file together.
func (a answering) settle(f *file) (answers, error) {
	in := answers{
		language:  first(a.Language, f.Language, cards.Danish),
		canonical: first(f.Canonical, fhir.DefaultCanonical),
		links:     f.Pathway.Links, receivers: f.Pathway.Receivers, valueSets: f.Pathway.ValueSets,
	}
	zone := first(a.Zone, f.Zone, "Europe/Copenhagen")
	var err error
	if in.zone, err = time.LoadLocation(zone); err != nil || zone == "Local" {
		return in, fmt.Errorf("%w: --zone: %s", errMisused, wantZone)
	}
	in.parameters, err = a.inForce(f)
	return in, err
}

// inForce are the rule set's numbers and extensions. Those of the file were
// checked when it was read.
func (a answering) inForce(f *file) (pathway.Parameters, error) {
	inForce := pathway.DefaultParameters()
	for _, from := range []map[string]int{f.Pathway.Parameters, a.Parameter} {
		for _, name := range slices.Sorted(maps.Keys(from)) {
			if err := setParameter(&inForce, name, from[name]); err != nil {
				return inForce, fmt.Errorf("%w: --parameter %s: %w", errMisused, name, err)
			}
		}
	}
	if inForce.MRCParalysis >= inForce.MRCSevere {
		return inForce, fmt.Errorf("%w: parameter mrc_paralysis: has to be lower than mrc_severe", errMisused)
	}
	inForce.Extensions, inForce.Silent = slices.Clone(f.Pathway.Extensions), slices.Clone(f.Pathway.Silent)
	if len(a.Extension) > 0 {
		inForce.Extensions = slices.Clone(a.Extension)
	}
	for _, id := range inForce.Extensions {
		if !slices.Contains(pathway.ExtensionIDs(), id) {
			return inForce, fmt.Errorf("%w: --extension %s: there is none; known are %s", errMisused, id, strings.Join(pathway.ExtensionIDs(), ", "))
		}
	}
	return inForce, nil
}

// first is the first of several values that is given.
func first[T comparable](values ...T) T {
	var none T
	for _, v := range values {
		if v != none {
			return v
		}
	}
	return none
}

// clock is the time in the practice's zone.
func (in answers) clock(now func() time.Time) func() time.Time {
	return func() time.Time { return now().In(in.zone) }
}

// service completes what a command knows of the service: where it is, who reads
// its log, and the rest. fetcher is nil where no FHIR server is read.
func (in answers) service(c hooks.Config, fetcher *fhir.Fetcher) (*hooks.Service, []fhir.Added, error) {
	terminology, err := fhir.NewTerminology(in.canonical)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errMisused, err)
	}
	var added []fhir.Added
	if in.valueSets != "" {
		if terminology, added, err = terminology.With(os.DirFS(in.valueSets)); err != nil {
			return nil, nil, fmt.Errorf("%w: pathway.valuesets: %s: %w", errMisused, in.valueSets, err)
		}
	}
	c.Reader = fhir.NewReader(terminology, fetcher)
	c.Renderer = cards.New(cards.Settings{
		Canonical: in.canonical,
		PublicURL: c.PublicURL,
		Links:     in.links,
		Receivers: in.receivers,
		NewUUID:   uuid.NewString,
	})
	c.Parameters, c.Language = in.parameters, in.language
	return hooks.New(c), added, nil
}

// logging are the settings of the log.
type logging struct {
	Level  string `name:"level" enum:",debug,info,warn,error" default:"" env:"RYGKORT_LOG_LEVEL" help:"debug, info (default), warn or error."`
	Format string `name:"format" enum:",auto,text,json" default:"" env:"RYGKORT_LOG_FORMAT" help:"text, json, or auto (default): text on a terminal, else json."`
}

// level is what is logged from.
func (l logging) level(f *file) slog.Level {
	var level slog.Level
	_ = level.UnmarshalText([]byte(first(l.Level, f.Log.Level, "info"))) // both were checked
	return level
}

// format is how the log is written.
func (l logging) format(f *file) string { return first(l.Format, f.Log.Format, "auto") }

// logger writes to the command's standard error.
func logger(format string, level slog.Leveler, stderr io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if format == "text" || format == "auto" && isTerminal(stderr) {
		return slog.New(slog.NewTextHandler(stderr, options))
	}
	return slog.New(slog.NewJSONHandler(stderr, options))
}

func isTerminal(w io.Writer) bool {
	file, isFile := w.(*os.File)
	if !isFile {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
