package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"text/tabwriter"
	"time"

	"rygkort/fhir"
	"rygkort/hooks"
	"rygkort/internal/demo"
	"rygkort/internal/trust"
)

// Bounds on a connection. A call is some 150 kB and is answered in
// milliseconds; whoever takes longer is slow, or means no good.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 15 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 2 * time.Minute
	drainTimeout  = 10 * time.Second
	maxHeader     = 32 << 10
)

// defaultListen is this machine alone.
const defaultListen = "127.0.0.1:8080"

// defaultLifetime is how long a token may be good, from iat to exp: that of
// package trust.
const defaultLifetime = 5 * time.Minute

// serve is the command that answers record systems.
type serve struct {
	Listen         string        `env:"RYGKORT_LISTEN" placeholder:"ADDRESS" help:"Address to listen on (127.0.0.1:8080)."`
	PublicURL      string        `name:"public-url" env:"RYGKORT_PUBLIC_URL" placeholder:"URL" help:"URL under which clients reach the service; from --listen where it is not given."`
	Deadline       time.Duration `env:"RYGKORT_DEADLINE" help:"For a call as a whole, reads of the FHIR server included (3s)."`
	Ledger         string        `env:"RYGKORT_LEDGER" placeholder:"URL" help:"Where it is kept what was sent and what came of it: sqlite:path, postgres://user@host/database, or none (sqlite:rygkort.db; with demo patients a temporary one)."`
	InsecureNoAuth bool          `help:"Listen on an address that other machines reach, though nobody is asked who they are."`
	Check          bool          `help:"Say what would be in force, and end with 0, or what is wrong, and end with 2. Nothing is served."`
	answering
	Log logging `embed:"" prefix:"log-"`
}

// Run serves until the context ends, then lets running calls finish.
func (c *serve) Run(a *app) error {
	// A call leaves 200 kB behind and the service itself holds little: collecting
	// less often costs some tens of MB.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	// net/http writes there what a server sends unasked: a part of a record.
	log.SetOutput(io.Discard)
	seen := stamps([]string{c.Config})
	in, err := c.configuration()
	if err != nil {
		return err
	}
	if c.Check {
		return c.check(a, in)
	}
	seen += stamps(in.files())
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP) // before anything else: by default it ends the process
	defer signal.Stop(hangups)
	r := newRunning(a.now)
	// The default is for tokens of five minutes.
	lasts := first(in.file.Limits.Lifetime, defaultLifetime)
	r.replay.memory = trust.NewReplayMemory(a.now, int(max(1, lasts/defaultLifetime)*tokensOf5Minutes))
	r.logger = logger(in.format, r.level, a.stderr)
	r.fetcher = fhir.NewFetcher(fhir.Limits{}, nil, a.now)
	defer r.fetcher.Close()
	defer r.closeLedger(a.ctx)
	if err := r.open(a.ctx, in); err != nil {
		return err
	}
	if in.isDemo() {
		if r.patients, err = demo.New(in.clock(a.now)); err != nil {
			return err
		}
	}
	listener, err := new(net.ListenConfig).Listen(a.ctx, "tcp", in.listen)
	if err != nil {
		return err
	}
	scheme := "http"
	if in.isTLS() {
		scheme, listener = "https", tls.NewListener(listener, r.certificates.config())
	}
	r.public = first(in.publicURL, urlOf(scheme, in.listen, listener.Addr()))
	if err := r.apply(in); err != nil {
		return errors.Join(err, listener.Close())
	}
	defer r.close()
	greet(a.stderr, r.public, r.current.service, r.patients)
	var watching sync.WaitGroup
	done := make(chan struct{})
	watching.Go(func() { r.watch(a.ctx, c, seen, done, hangups) })
	defer watching.Wait()
	defer close(done)
	return serveUntilDone(a.ctx, listener, r, r.logger)
}

// tokensOf5Minutes are remembered of each issuer: some 270 calls a second.
const tokensOf5Minutes = 100_000

// newRunning is a service in which nothing is in force yet.
func newRunning(now func() time.Time) *running {
	return &running{
		now: now, logger: slog.New(slog.DiscardHandler), level: new(slog.LevelVar),
		metrics: hooks.NewMetrics(), replay: &tokens{memory: trust.NewReplayMemory(now, 0)},
	}
}

// check says what would be in force, after all files have been read.
func (c *serve) check(a *app, in *configuration) error {
	r := newRunning(a.now)
	r.public = in.publicURL
	made, added, err := r.prepare(in)
	if err != nil {
		return err
	}
	made.door.close()
	warnings := in.warnings()
	if in.isTLS() {
		read, err := readCertificates(in.file.TLS, a.now())
		if err != nil {
			return err
		}
		warnings = append(warnings, read.warnings...)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, line := range in.lines() {
		fmt.Fprintf(w, "%s\t%s\n", line[0], line[1])
	}
	for _, code := range added {
		fmt.Fprintf(w, "code added\t%s|%s for %s, from %s\n", code.System, code.Code, code.Concept, code.File)
	}
	for _, warning := range warnings {
		fmt.Fprintf(w, "warning\t%s\n", warning)
	}
	return w.Flush()
}

// greet says what can be done next.
func greet(w io.Writer, public string, service *hooks.Service, patients *demo.Demo) {
	if patients == nil {
		fmt.Fprintf(w, "Rygkort %s answers at %s/cds-services\n", version, public)
		return
	}
	shown := patients.Patients()[0]
	for _, patient := range patients.Patients() {
		if patient.ID == "cauda-equina" {
			shown = patient
		}
	}
	fmt.Fprintf(w, `Rygkort %s, demo mode: invented patients, this machine only. Not for use with real patients.

  Discovery    %s/cds-services
  First card   %s
  In the CDS Hooks Sandbox
               %s
  More         %s/

Ctrl-C ends it.
`, version, public, service.DemoCommand(shown), demo.SandboxLink(public, shown.ID, shown.Hook), public)
}

// serveUntilDone answers connections until the context ends, then takes no new
// ones and waits for those that run, up to a deadline of their own.
func serveUntilDone(ctx context.Context, listener net.Listener, handler http.Handler, logger *slog.Logger) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	logger.Info("stopping", "drain", drainTimeout.String())
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	err := server.Shutdown(drain)
	if err != nil {
		err = errors.Join(fmt.Errorf("calls still ran after %s: %w", drainTimeout, err), server.Close())
	}
	if ended := <-served; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	logger.Info("stopped")
	return err
}
