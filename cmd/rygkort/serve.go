package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"rygkort/fhir"
	"rygkort/hooks"
	"rygkort/internal/demo"
	"rygkort/pathway"
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

// serve is the command that answers record systems.
type serve struct {
	Listen         string        `default:"127.0.0.1:8080" env:"RYGKORT_LISTEN" help:"Address to listen on."`
	PublicURL      string        `name:"public-url" env:"RYGKORT_PUBLIC_URL" placeholder:"URL" help:"URL under which clients reach the service; from --listen where it is not given."`
	Deadline       time.Duration `default:"3s" env:"RYGKORT_DEADLINE" help:"For a call as a whole, reads of the FHIR server included (${default})."`
	InsecureNoAuth bool          `help:"Listen on an address that other machines reach, though nobody is asked who they are."`
	answering
	Log logging `embed:"" prefix:"log-"`
}

// Run serves until the context ends, then lets running calls finish.
func (c *serve) Run(a *app) error {
	local, err := isLocal(c.Listen)
	if err != nil {
		return err
	}
	if !local && !c.InsecureNoAuth {
		return fmt.Errorf("%w: --listen %s can be reached by other machines, and callers cannot be told apart yet: "+
			"there is no authentication in this version. Listen on 127.0.0.1 or, knowing that whoever reaches the address "+
			"may call, add --insecure-no-auth", errMisused, c.Listen)
	}
	if c.PublicURL != "" {
		if err := checkPublicURL(c.PublicURL, c.InsecureNoAuth); err != nil {
			return err
		}
	}
	parameters, err := c.parameters()
	if err != nil {
		return err
	}
	logger := c.Log.logger(a.stderr)
	var patients *demo.Demo
	if local {
		if patients, err = demo.New(c.clock(a.now)); err != nil {
			return err
		}
	}
	listener, err := new(net.ListenConfig).Listen(a.ctx, "tcp", c.Listen)
	if err != nil {
		return err
	}
	public := strings.TrimRight(c.PublicURL, "/")
	if public == "" {
		public = urlOf(c.Listen, listener.Addr())
	}
	var servers hooks.Servers = hooks.NoServers{} // whoever calls is not known, so nobody's word on a server is taken
	if local {
		servers = hooks.LoopbackServers{}
	}
	fetcher := fhir.NewFetcher(fhir.Limits{}, nil, a.now)
	defer fetcher.Close()
	service, err := c.service(hooks.Config{
		PublicURL: public, Clock: c.clock(a.now), Logger: logger, Demo: patients, Servers: servers, Deadline: c.Deadline,
	}, fetcher)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	if !local {
		logger.Warn("nobody is asked who they are: --insecure-no-auth is set, and other machines reach this address", "listen", listener.Addr().String())
	}
	logger.Info("rule set", "version", pathway.Version, "rules", len(pathway.Rules()), "parameters", inForce(parameters), "extensions", parameters.Extensions)
	greet(a.stderr, public, service, patients)
	return serveUntilDone(a.ctx, listener, service.Handler(), logger)
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
