package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"
)

// report is what was measured.
type report struct {
	plan     plan
	busyness string // before it began
	rows     []row
	shares   []share // nil without a profile
}

// target is a cost that is aimed at, for the service with one body.
type target struct {
	what  string
	large bool
	most  float64
	of    func(row) float64
	as    string // format of a number
}

var targets = []target{
	{"150 kB: at most 0.9 ms CPU a call", true, 0.9, func(r row) float64 { return r.cpu.Seconds() * 1000 }, "%.2f"},
	{"150 kB: at most 1,500 allocations a call", true, 1500, func(r row) float64 { return r.allocs }, "%.0f"},
	{"150 kB: at most 2.5 times the baseline's CPU", true, 2.5, func(r row) float64 { return r.ratio }, "%.1f"},
	{"6 kB: at most 2 times the baseline's CPU", false, 2, func(r row) float64 { return r.ratio }, "%.1f"},
}

// write prints the report, as Markdown or for a terminal.
func (r report) write(w io.Writer, markdown bool) error {
	put := putAligned
	if markdown {
		put = putMarkdown
	}
	_, err := fmt.Fprintf(w, "%s, %s %s/%s, GOMAXPROCS %d, %s, load average before %s.\nMedians over rounds: %d. Calls in a round: %d with 6 kB, %d with 150 kB, the baseline %d times as many.\n\n",
		time.Now().Format(time.DateOnly), runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), processor(), r.busyness,
		r.plan.rounds, r.plan.smallCalls, r.plan.largeCalls, baselineFactor)
	err = errors.Join(err, put(w, r.table()))
	fmt.Fprintln(w)
	err = errors.Join(err, put(w, r.judged()))
	if r.shares != nil {
		fmt.Fprintln(w)
		err = errors.Join(err, put(w, sharesTable(r.shares)))
	}
	return err
}

func (r report) table() [][]string {
	table := [][]string{{"body", "callers", "server", "calls/s", "p50 ms", "p99 ms", "CPU µs/call", "× baseline", "allocs/call", "RSS MB", "peak MB"}}
	ms := func(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()*1000) }
	mb := func(bytes int64) string { return fmt.Sprintf("%.0f", float64(bytes)/1e6) }
	for _, line := range r.rows {
		table = append(table, []string{
			line.body.name, fmt.Sprint(line.crowd), string(line.kind), fmt.Sprintf("%.0f", line.rate), ms(line.p50), ms(line.p99),
			fmt.Sprint(line.cpu.Microseconds()), fmt.Sprintf("%.1f", line.ratio), fmt.Sprintf("%.0f", line.allocs), mb(line.memory.now), mb(line.memory.peak),
		})
	}
	return table
}

// judged holds the service against the targets.
func (r report) judged() [][]string {
	head := []string{"target"}
	for _, crowd := range crowds {
		head = append(head, fmt.Sprintf("callers: %d", crowd))
	}
	table := [][]string{head}
	for _, t := range targets {
		line := []string{t.what}
		for _, row := range r.rows {
			if row.kind != whole || row.body.large != t.large {
				continue
			}
			verdict := "met"
			if t.of(row) > t.most {
				verdict = "missed"
			}
			line = append(line, fmt.Sprintf(t.as+" %s", t.of(row), verdict))
		}
		table = append(table, line)
	}
	return table
}

func putAligned(w io.Writer, table [][]string) error {
	aligned := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, line := range table {
		fmt.Fprintln(aligned, strings.Join(line, "\t"))
	}
	return aligned.Flush()
}

func putMarkdown(w io.Writer, table [][]string) error {
	for i, line := range table {
		if _, err := fmt.Fprintf(w, "| %s |\n", strings.Join(line, " | ")); err != nil {
			return err
		}
		if i == 0 {
			fmt.Fprintln(w, "|"+strings.Repeat("---|", len(line)))
		}
	}
	return nil
}

// The marks between which a page holds the numbers.
const (
	begins = "<!-- Measured: written by the command above. -->\n"
	ends   = "<!-- End of what was measured. -->\n"
)

// writeInto puts the report between the marks of a page.
func writeInto(page string, r report) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, begun := strings.Cut(string(text), begins)
	_, after, ended := strings.Cut(rest, ends)
	if !begun || !ended {
		return fmt.Errorf("%s has not the marks between which the numbers stand", page)
	}
	var numbers bytes.Buffer
	if err := r.write(&numbers, true); err != nil {
		return err
	}
	return os.WriteFile(page, []byte(before+begins+"\n"+numbers.String()+"\n"+ends+after), 0o644)
}
