package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rygkort/hooks"
)

// evaluate is the command that answers one request without a server.
type evaluate struct {
	File      string    `arg:"" help:"File with the request body, as it would be posted; - reads standard input. Its fhirServer is not read."`
	Service   string    `placeholder:"ID" help:"Id of the service that is called; without it, the request's hook picks it."`
	Trace     bool      `help:"Print behind the answer which rules said yes, no or unknown, and why."`
	Now       time.Time `placeholder:"TIME" help:"The time at which the request comes, as 2026-11-23T09:30:00+01:00."`
	PublicURL string    `name:"public-url" env:"RYGKORT_PUBLIC_URL" placeholder:"URL" help:"URL that links in cards begin with (http://127.0.0.1:8080)."`
	answering
}

// Run prints the answer, and the trace where it is asked for.
func (c *evaluate) Run(a *app) error {
	body, err := c.body(a.stdin)
	if err != nil {
		return err
	}
	now := a.now
	if !c.Now.IsZero() {
		now = func() time.Time { return c.Now }
	}
	f, err := readFile(c.Config)
	if err != nil {
		return err
	}
	public := first(c.PublicURL, f.PublicURL, "http://"+defaultListen)
	if err := checkPublicURL(public, true); err != nil {
		return fmt.Errorf("%w: --public-url: %w", errMisused, err)
	}
	in, err := c.settle(f)
	if err != nil {
		return err
	}
	service, _, err := in.service(hooks.Config{
		PublicURL: public, Clock: in.clock(now), Logger: slog.New(slog.DiscardHandler),
	}, nil)
	if err != nil {
		return err
	}
	response, trace, refused := service.Answer(a.ctx, body, c.Service, in.language)
	if refused == nil {
		if err := json.MarshalWrite(a.stdout, response, jsontext.WithIndent("  ")); err != nil {
			return err
		}
		fmt.Fprintln(a.stdout)
	}
	if c.Trace && trace.Decision != nil {
		if err := writeTrace(a.stdout, trace); err != nil {
			return err
		}
	}
	if refused != nil {
		return fmt.Errorf("refused with %d: %w", hooks.Status(refused), refused)
	}
	return nil
}

// body reads the request.
func (c *evaluate) body(stdin io.Reader) ([]byte, error) {
	if c.File == "-" {
		return io.ReadAll(stdin)
	}
	body, err := os.ReadFile(c.File)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errMisused, err)
	}
	return body, nil
}
