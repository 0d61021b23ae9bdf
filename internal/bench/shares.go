package main

import (
	"cmp"
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// part is something that a call costs, known by functions on the stack.
type part struct {
	name      string
	functions []string // any of them
}

// parts are looked for in this order, so that none is counted twice.
var parts = []part{
	{"garbage collection", []string{"runtime.gcBgMarkWorker", "runtime.gcAssistAlloc", "runtime.bgsweep", "runtime.bgscavenge", "runtime.gcStart"}},
	{"body read", []string{"rygkort/hooks.(*Service).readBody"}},
	{"walk over the body", []string{"rygkort/hooks.(*walk)"}},
	{"resources decoded and read", []string{"rygkort/fhir."}},
	{"facts and decision", []string{"rygkort/pathway."}},
	{"cards rendered", []string{"rygkort/cards.(*Renderer).Render"}},
	{"answer marshalled", []string{"go-json-experiment/json.Marshal"}},
	{"log line", []string{"rygkort/hooks.(*Service).logCall"}},
	{"the rest of package hooks", []string{"rygkort/hooks.(*Service).Answer"}},
	{"HTTP: net/http and gin", []string{"net/http."}},
}

// theRest is what no part was found in.
const theRest = "the rest: scheduler, waiting for the network"

// share is how much of the CPU time a part took.
type share struct {
	part string
	took time.Duration
	of   float64 // 0 to 1
}

// sharesOf reads a CPU profile by means of the go command.
func sharesOf(ctx context.Context, file string) ([]share, error) {
	traces, err := exec.CommandContext(ctx, "go", "tool", "pprof", "-traces", "-unit=ms", file).Output()
	if err != nil {
		return nil, fmt.Errorf("go tool pprof: %w", err)
	}
	return parseTraces(string(traces))
}

// parseTraces adds up stacks as pprof prints them: a line of dashes, then the
// time beside the innermost function, then the functions that called it.
func parseTraces(traces string) ([]share, error) {
	took := map[string]time.Duration{}
	var all time.Duration
	for _, trace := range strings.Split(traces, "\n-----------+")[1:] {
		_, stack, _ := strings.Cut(trace, "\n")
		first, _, _ := strings.Cut(strings.TrimSpace(stack), " ")
		if first == "" {
			continue // after the last
		}
		spent, err := time.ParseDuration(first)
		if err != nil {
			return nil, fmt.Errorf("go tool pprof: %w", err)
		}
		took[partOf(stack)] += spent
		all += spent
	}
	if all == 0 {
		return nil, fmt.Errorf("an empty profile")
	}
	var shares []share
	for name, spent := range took {
		shares = append(shares, share{name, spent, float64(spent) / float64(all)})
	}
	slices.SortFunc(shares, func(a, b share) int {
		return cmp.Or(cmp.Compare(b.took, a.took), strings.Compare(a.part, b.part))
	})
	return shares, nil
}

func partOf(stack string) string {
	for _, p := range parts {
		if slices.ContainsFunc(p.functions, func(function string) bool { return strings.Contains(stack, function) }) {
			return p.name
		}
	}
	return theRest
}

func sharesTable(shares []share) [][]string {
	table := [][]string{{"CPU of the service, 150 kB", "share"}}
	for _, s := range shares {
		table = append(table, []string{s.part, fmt.Sprintf("%.0f %%", 100*s.of)})
	}
	return table
}
