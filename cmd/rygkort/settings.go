package main

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"rygkort/cards"
	"rygkort/fhir"
	"rygkort/hooks"
	"rygkort/pathway"
)

// answering are the settings that change what is answered.
type answering struct {
	Language  cards.Language `enum:"da,en" default:"da" env:"RYGKORT_LANGUAGE" help:"Language of the cards where a call asks for none: ${enum}."`
	Parameter map[string]int `env:"RYGKORT_PARAMETERS" placeholder:"NAME=NUMBER" help:"A number of the rule set, such as mrc_severe=2; 'rygkort rules' lists them."`
	Extension []string       `env:"RYGKORT_EXTENSIONS" placeholder:"ID" help:"A rule or fact from outside the leaflet to switch on, such as R-E1; 'rygkort rules' lists them."`
	Zone      zone           `default:"Europe/Copenhagen" env:"RYGKORT_ZONE" help:"Time zone in which the practice counts days."`
}

// zone is a time zone as a flag.
type zone struct{ *time.Location }

// UnmarshalText reads a name such as Europe/Copenhagen.
func (z *zone) UnmarshalText(text []byte) (err error) {
	z.Location, err = time.LoadLocation(string(text))
	return err
}

// parameters are the rule set's numbers in force.
func (a answering) parameters() (pathway.Parameters, error) {
	inForce := pathway.DefaultParameters()
	known := pathway.ParameterList()
	for name, value := range a.Parameter {
		i := slices.IndexFunc(known, func(p pathway.Parameter) bool { return p.Name == name })
		switch {
		case i < 0:
			return inForce, fmt.Errorf("%w: --parameter %s: there is no such parameter; `rygkort rules` lists them", errMisused, name)
		case known[i].Min == known[i].Max:
			return inForce, fmt.Errorf("%w: --parameter %s: the leaflet itself says %d", errMisused, name, known[i].Min)
		case !known[i].Set(&inForce, value):
			return inForce, fmt.Errorf("%w: --parameter %s=%d: want %d to %d", errMisused, name, value, known[i].Min, known[i].Max)
		}
	}
	if inForce.MRCParalysis >= inForce.MRCSevere {
		return inForce, fmt.Errorf("%w: --parameter mrc_paralysis: has to be lower than mrc_severe", errMisused)
	}
	for _, id := range a.Extension {
		if !slices.Contains(pathway.ExtensionIDs(), id) {
			return inForce, fmt.Errorf("%w: --extension %s: there is none; known are %s", errMisused, id, strings.Join(pathway.ExtensionIDs(), ", "))
		}
	}
	inForce.Extensions = slices.Clone(a.Extension)
	return inForce, nil
}

// service completes what a command knows of the service: where it is, who reads
// its log, and the rest. fetcher is nil where no FHIR server is read.
func (a answering) service(c hooks.Config, fetcher *fhir.Fetcher) (*hooks.Service, error) {
	parameters, err := a.parameters()
	if err != nil {
		return nil, err
	}
	terminology, err := fhir.NewTerminology(fhir.DefaultCanonical)
	if err != nil {
		return nil, err
	}
	c.Reader = fhir.NewReader(terminology, fetcher)
	c.Renderer = cards.New(cards.Settings{
		Canonical: fhir.DefaultCanonical,
		PublicURL: c.PublicURL,
		NewUUID:   uuid.NewString,
	})
	c.Parameters, c.Language = parameters, a.Language
	return hooks.New(c), nil
}

// clock is the time in the practice's zone.
func (a answering) clock(now func() time.Time) func() time.Time {
	return func() time.Time { return now().In(a.Zone.Location) }
}

// logging are the settings of the log.
type logging struct {
	Level  slog.Level `name:"level" default:"info" env:"RYGKORT_LOG_LEVEL" help:"debug, info, warn or error."`
	Format string     `name:"format" enum:"auto,text,json" default:"auto" env:"RYGKORT_LOG_FORMAT" help:"text, json, or auto: text on a terminal, else json."`
}

// logger writes to the command's standard error.
func (l logging) logger(stderr io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: l.Level}
	if l.Format == "text" || l.Format == "auto" && isTerminal(stderr) {
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

// isLocal reports whether an address to listen on can be reached from this
// machine alone. An empty host means every network.
func isLocal(listen string) (bool, error) {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false, fmt.Errorf("%w: --listen: %v, want an address such as 127.0.0.1:8080", errMisused, err) //nolint:errorlint // one reason to act on is enough
	}
	return hooks.IsLoopback(host), nil
}

// urlOf is the URL under which a listener is reached from this machine. The
// port is the listener's own, which need not be the one asked for.
func urlOf(listen string, address net.Addr) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "http://" + address.String()
	}
	if tcp, isTCP := address.(*net.TCPAddr); isTCP {
		port = strconv.Itoa(tcp.Port)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// checkPublicURL refuses what clients could not call, and plain http off this
// machine: who listens in would read about patients.
func checkPublicURL(text string, insecure bool) error {
	u, err := url.Parse(text)
	web := err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") && u.RawQuery == "" && u.Fragment == ""
	switch {
	case !web:
		return fmt.Errorf("%w: --public-url: want an absolute http or https URL without query", errMisused)
	case u.Scheme == "http" && !hooks.IsLoopback(u.Hostname()) && !insecure:
		return fmt.Errorf("%w: --public-url: plain http is taken on a loopback address only", errMisused)
	case strings.ContainsFunc(text, func(c rune) bool { return c > '~' }):
		return fmt.Errorf("%w: --public-url: want ASCII; write other letters percent-encoded or as xn--", errMisused)
	}
	return nil
}
