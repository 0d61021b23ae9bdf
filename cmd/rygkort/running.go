package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"rygkort/fhir"
	"rygkort/hooks"
	"rygkort/internal/demo"
	"rygkort/internal/ledger"
	"rygkort/internal/trust"
	"rygkort/pathway"
)

// running is the service while it runs: what is in force, and what outlives a
// change of it.
type running struct {
	now         func() time.Time
	logger      *slog.Logger
	level       *slog.LevelVar
	public      string // where clients reach it
	fetcher     *fhir.Fetcher
	replay      *tokens
	ledger      *ledger.Ledger                                // nil: none, or none that could be reached yet
	opening     func(context.Context) (*ledger.Ledger, error) // tries a ledger that did not answer
	unreachable string                                        // why a ledger could not be opened, as the log has it
	told        ledger.State                                  // of the ledger, in the log
	scratch     string                                        // folder of a temporary ledger
	metrics     *hooks.Metrics
	patients    *demo.Demo

	certificates certificates
	mu           sync.RWMutex
	current      *generation
	leaving      sync.WaitGroup // doors that are closed when their last call has gone
}

// generation is what is in force between two changes.
type generation struct {
	*configuration
	service *hooks.Service
	handler http.Handler
	door    *door
}

// door is what lets clients in, and who is inside.
type door struct {
	gate  *trust.Gate // nil: nobody is asked
	calls sync.WaitGroup
}

// close ends what its gate fetches.
func (d *door) close() {
	if d.gate != nil {
		d.gate.Close()
	}
}

// ServeHTTP answers with what is in force when the call comes.
func (r *running) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mu.RLock()
	now := r.current
	now.door.calls.Add(1)
	r.mu.RUnlock()
	defer now.door.calls.Done()
	now.handler.ServeHTTP(w, request)
}

// apply puts a configuration in force. One that is wrong changes nothing.
func (r *running) apply(c *configuration) error {
	made, added, err := r.prepare(c)
	if err != nil {
		return err
	}
	if c.isTLS() {
		loaded, err := readCertificates(c.file.TLS, r.now())
		if err != nil {
			made.door.close()
			return err
		}
		for _, warning := range loaded.warnings {
			r.logger.Warn(warning)
		}
		r.certificates.inForce.Store(loaded.config)
	}
	r.level.Set(c.level)
	r.mu.Lock()
	old := r.current
	r.current = made
	r.mu.Unlock()
	if old != nil {
		r.leaving.Go(func() {
			old.door.calls.Wait()
			old.door.close()
		})
	}
	for _, code := range added {
		r.logger.Info("code added", "concept", code.Concept, "system", code.System, "code", code.Code, "descendants", code.Descendants, "file", code.File)
	}
	for _, warning := range c.warnings() {
		r.logger.Warn(warning)
	}
	r.logger.Info("rule set", "version", pathway.Version, "rules", len(pathway.Rules()),
		"parameters", inForce(c.parameters), "extensions", append([]string{}, c.parameters.Extensions...), "clients", len(c.file.Clients))
	return nil
}

// prepare makes what a configuration asks for, and changes nothing.
func (r *running) prepare(c *configuration) (*generation, []fhir.Added, error) {
	config := hooks.Config{
		PublicURL: r.public, Clock: c.clock(r.now), Logger: r.logger, Demo: r.patients, Metrics: r.metrics,
		Deadline: c.deadline, MaxBody: c.file.Limits.Body, InFlight: c.file.Limits.InFlight, Warnings: c.warnings(),
		Ledger: r.ledger, Shadow: c.file.Pathway.Shadow, Proxies: c.file.Proxies,
		Servers: hooks.NoServers{}, // whoever calls is not known, so nobody's word on a server is taken
	}
	if c.ledger != noLedger && r.ledger == nil {
		config.Warnings = append(config.Warnings, "the ledger cannot be reached: feedback is not taken, and cards that were dismissed come again")
	}
	if c.file.Operator != "" {
		token, err := readSecret(c.file.Operator)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: operator_token: %w", errMisused, err)
		}
		config.OperatorToken = string(token)
	}
	in := &door{}
	switch c.mode() {
	case "clients":
		var err error
		if in, config.Clients, err = r.clients(c.file); err != nil {
			return nil, nil, err
		}
		config.Gate, config.GuardDiscovery = in.gate, c.file.Discovery == "token"
	case "demo":
		config.Servers = hooks.LoopbackServers{}
	}
	service, added, err := c.service(config, r.fetcher)
	if err != nil {
		in.close()
		return nil, nil, err
	}
	return &generation{c, service, service.Handler(), in}, added, nil
}

// close ends what is in force, when no call is left.
func (r *running) close() {
	r.leaving.Wait()
	if r.current != nil {
		r.current.door.close()
	}
}

// clients are who may call.
func (r *running) clients(f *file) (*door, map[string]*hooks.Client, error) {
	settings := trust.Settings{Replay: r.replay, Clock: r.now, Lifetime: f.Limits.Lifetime}
	if r.current != nil {
		settings.Before = r.current.door.gate
	}
	known := make(map[string]*hooks.Client, len(f.Clients))
	for _, c := range f.Clients {
		one := trust.Client{Name: c.Name, Issuer: c.Issuer, KeySetURL: c.KeySetURL, Tenants: c.Tenants}
		if c.KeySetFile != "" {
			text, err := os.ReadFile(c.KeySetFile)
			if err != nil {
				return nil, nil, fmt.Errorf("%w: client %s: keys: %w", errMisused, c.Name, err)
			}
			// Its tokens may bear jku all the same; it is not fetched.
			one.KeySet, one.KeySetURL, one.StatedKeySetURL = text, "", c.KeySetURL
		}
		settings.Clients = append(settings.Clients, one)
		client := &hooks.Client{
			Name: c.Name, Servers: hooks.ListedServers(c.FHIRServers), Language: c.Language, Certificate: c.Certificate,
			Understands: c.Understands,
		}
		if c.Rate > 0 {
			client.Calls = rate.NewLimiter(rate.Limit(c.Rate), max(1, int(2*c.Rate)))
		}
		known[c.Name] = client
	}
	gate, err := trust.New(settings)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: clients: %w", errMisused, err)
	}
	return &door{gate: gate}, known, nil
}

// reload reads the configuration anew. A wrong one is named, and the old one
// stays in force as a whole; so it does where the new one asks for what cannot
// change while the service runs.
func (r *running) reload(command *serve, watched []string) (again []string, seen string) {
	again, seen = watched, stamps(watched) // before it is read: what changes meanwhile is read again
	own := stamps([]string{command.Config})
	c, err := command.configuration()
	if err == nil {
		again, seen = append([]string{command.Config}, c.files()...), own+stamps(c.files())
		if fixed := c.fixed(r.current.configuration); len(fixed) > 0 {
			err = fmt.Errorf("%s cannot change while the service runs: start it anew", strings.Join(fixed, ", "))
		}
	}
	if err == nil {
		err = r.apply(c)
	}
	if err != nil {
		r.logger.Error("the new configuration is not taken, the old one stays in force", "why", strings.TrimPrefix(err.Error(), errMisused.Error()+": "))
		return again, seen
	}
	r.logger.Info("configuration read anew", "file", command.Config)
	return again, seen
}

// lookEvery is how often it is looked whether a file has changed.
const lookEvery = 2 * time.Second

// watch reads the configuration anew at each sign, and when one of the files
// that it is made of has changed.
//
// seen are the stamps of those files from before they were read for the first
// time.
func (r *running) watch(ctx context.Context, command *serve, seen string, done <-chan struct{}, signs <-chan os.Signal) {
	watched := append([]string{command.Config}, r.current.files()...)
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case <-done:
			return
		case <-signs:
		case <-look.C:
			if r.reach(ctx) {
				r.again()
			}
			r.tellOfLedger()
			if stamps(watched) == seen {
				continue
			}
		}
		watched, seen = r.reload(command, watched)
	}
}

// stamps tell whether files, or those in a folder, have changed.
func stamps(paths []string) string {
	var said strings.Builder
	for _, path := range paths {
		if path == "" {
			continue
		}
		within, err := os.ReadDir(path)
		if err != nil {
			fmt.Fprintln(&said, stamp(path))
			continue
		}
		for _, entry := range within {
			fmt.Fprintln(&said, entry.Name(), stamp(filepath.Join(path, entry.Name())))
		}
	}
	return said.String()
}

// stamp is of what is in the file: its time may be too coarse to tell two
// writes apart.
func stamp(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return errors.Unwrap(err).Error()
	}
	return fmt.Sprintf("%x", sha256.Sum256(text))
}
