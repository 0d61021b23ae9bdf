// Command bench loads the service and tells what a call costs it.
//
// It measures the whole service, made as rygkort serve makes it, beside a
// baseline: a gin handler that reads the same bodies and writes the same answers
// without thinking. Each is a process of its own, so that the CPU time and the
// memory of a server are told apart from those of its callers. The two are
// loaded in turns and medians are reported, since neighbours share the machine.
// It needs Linux, whose /proc tells what a process has used.
//
// With -ledger it measures instead what a ledger adds to a call of the service.
//
// It alone knows how load is made, what a server has used and which cost is
// aimed at. It refuses to know what an answer means: it compares the ids of
// rules and nothing else. A target missed is a number, no failure; a wrong answer
// is a failure.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	_ "time/tzdata" // as the service has it
)

// plan is what is measured, and how much of it.
type plan struct {
	rounds, smallCalls, largeCalls int
	cpuProfile                     string
}

// calls is how many a round makes with a body. /proc counts CPU time in steps of
// 10 ms, so what costs little is called more often.
func (p plan) calls(b body, k kind) int {
	calls := p.smallCalls
	if b.large {
		calls = p.largeCalls
	}
	if k == baseline {
		return baselineFactor * calls
	}
	return calls
}

// baselineFactor is how many calls the baseline gets for one of the service's.
const baselineFactor = 3

func main() {
	if len(os.Args) == 3 && os.Args[1] == asServer {
		exit(serve(kind(os.Args[2]), os.Stdin, os.Stdout))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	exit(err)
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run is the whole command.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	var p plan
	flags := flag.NewFlagSet("bench", flag.ExitOnError)
	flags.IntVar(&p.rounds, "rounds", 5, "rounds, in each of which both servers are loaded")
	flags.IntVar(&p.smallCalls, "small-calls", 1500, "calls of a round with the 6 kB body")
	flags.IntVar(&p.largeCalls, "calls", 400, "calls of a round with the 150 kB body")
	flags.StringVar(&p.cpuProfile, "cpuprofile", "", "file to write a CPU profile of the service to, over the rounds with the 150 kB body")
	format := flags.String("format", "text", "text or md")
	compare := flags.Bool("ledger", false, "compare the service with itself with a ledger, and nothing else")
	page := flags.String("into", "", "page to write the numbers into, between its marks")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || p.rounds < 1 || p.smallCalls < 1 || p.largeCalls < 1 || *format != "text" && *format != "md" {
		return fmt.Errorf("wrong usage; -h lists the flags")
	}
	if *compare {
		if *page != "" || p.cpuProfile != "" {
			return fmt.Errorf("-ledger goes with neither -into nor -cpuprofile")
		}
		busy := busyness()
		rows, err := measureLedger(ctx, p, bodies())
		if err != nil {
			return err
		}
		return writePairs(stdout, p, rows, busy, *format == "md")
	}
	if *page != "" && p.cpuProfile == "" {
		folder, err := os.MkdirTemp("", "bench")
		if err != nil {
			return err
		}
		defer os.RemoveAll(folder)
		p.cpuProfile = filepath.Join(folder, "cpu")
	}
	r, err := measure(ctx, p, bodies())
	if err != nil {
		return err
	}
	if p.cpuProfile != "" {
		if r.shares, err = sharesOf(ctx, p.cpuProfile); err != nil {
			return err
		}
	}
	if *page != "" {
		if err := writeInto(*page, r); err != nil {
			return err
		}
	}
	return r.write(stdout, *format == "md")
}
