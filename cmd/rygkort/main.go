// Command rygkort is the service and its tools: serve answers record systems,
// evaluate answers one request without a server, rules, report and ledger show
// what is decided, what came of it and what is kept, health and version look at
// the service.
//
// It alone knows flags, environment, the clock, the standard streams, the
// listener and signals. It holds no logic: what is answered and why is decided
// in package hooks and behind it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"reflect"
	"syscall"
	"time"
	_ "time/tzdata" // days are counted in the practice's zone, also where the image has none

	"github.com/alecthomas/kong"
)

// version is set by the build.
var version = "dev"

// What the command ends with.
const (
	exitDone    = 0
	exitFailed  = 1 // a refused request, or the command could not do its work
	exitMisused = 2 // wrong usage
)

func main() {
	ctx, stop := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		stop()
		<-signals // a second one ends the drain
		os.Exit(exitFailed)
	}()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, time.Now))
}

// app is what commands have of the world.
type app struct {
	ctx            context.Context
	stdin          io.Reader
	stdout, stderr io.Writer
	now            func() time.Time
}

// commands are the command line.
type commands struct {
	Serve    serve    `cmd:"" default:"withargs" help:"Answer record systems (the default command)."`
	Evaluate evaluate `cmd:"" help:"Answer one request from a file, without a server."`
	Rules    rules    `cmd:"" help:"List the rules."`
	Report   report   `cmd:"" help:"Say what GPs did with the cards."`
	Ledger   ledgers  `cmd:"" help:"Export the ledger, or prune it."`
	Health   health   `cmd:"" help:"Ask a running service whether it is well; for containers."`
	Version  about    `cmd:"" help:"Print the version."`
}

// errMisused marks wrong usage.
var errMisused = errors.New("wrong usage")

// readDuration reads a time above zero. An empty one is none, as an environment
// that is set to nothing has it.
func readDuration(c *kong.DecodeContext, into reflect.Value) error {
	var text string
	if err := c.Scan.PopValueInto("duration", &text); err != nil || text == "" {
		return err
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return errors.New("want a time with its unit, such as 3s, above zero")
	}
	into.SetInt(int64(d))
	return nil
}

// run is the whole command. It returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, now func() time.Time) int {
	var parsed commands
	helped := false // kong prints help, calls Exit and goes on
	parser, err := kong.New(&parsed,
		kong.Name("rygkort"),
		kong.Description("CDS Hooks service for the Danish low-back-pain pathway in general practice. "+
			"Not approved by a clinician, not a medical device."),
		kong.Writers(stdout, stderr),
		kong.TypeMapper(durationType, kong.MapperFunc(readDuration)),
		kong.Exit(func(int) { helped = true }),
	)
	if err != nil {
		fmt.Fprintln(stderr, "rygkort:", err)
		return exitFailed
	}
	chosen, err := parser.Parse(args)
	switch {
	case helped:
		return exitDone
	case err != nil:
		fmt.Fprintf(stderr, "rygkort: %v\nSee rygkort --help.\n", err)
		return exitMisused
	}
	err = chosen.Run(&app{ctx, stdin, stdout, stderr, now})
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errMisused):
		fmt.Fprintln(stderr, "rygkort:", err)
		return exitMisused
	default:
		fmt.Fprintln(stderr, "rygkort:", err)
		return exitFailed
	}
}
