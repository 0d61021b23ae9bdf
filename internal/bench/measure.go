package main

import (
	"context"
	"errors"
	"path/filepath"
)

// row is one line of the table.
type row struct {
	body  body
	crowd int
	kind  kind
	figures
	ratio float64 // of CPU to the baseline's
}

// measure loads both servers with every body and every crowd.
func measure(ctx context.Context, p plan, bodies []body) (report, error) {
	r := report{plan: p, busyness: busyness()}
	for _, b := range bodies {
		rows, err := p.measure(ctx, b)
		if ctx.Err() != nil {
			return report{}, errors.New("interrupted")
		}
		if err != nil {
			return report{}, err
		}
		r.rows = append(r.rows, rows...)
	}
	return r, nil
}

// measure loads both servers with one body, in turns.
func (p plan) measure(ctx context.Context, b body) (rows []row, err error) {
	loads, err := prepare(ctx, b)
	defer func() {
		for _, l := range loads {
			hangUp(l.callers)
			err = errors.Join(err, l.server.stop())
		}
	}()
	if err != nil {
		return nil, err
	}
	for _, crowd := range crowds { // warm-up
		for _, l := range loads {
			if _, err := l.round(crowd, p.calls(b, l.server.kind)/2+1); err != nil {
				return nil, err
			}
		}
	}
	if b.large && p.cpuProfile != "" {
		file, err := filepath.Abs(p.cpuProfile)
		if err != nil {
			return nil, err
		}
		if _, err := loads[0].server.ask(profileTo + " " + file); err != nil {
			return nil, err
		}
	}
	for _, crowd := range crowds {
		rounds := make([][]figures, len(loads))
		for range p.rounds {
			for i, l := range loads {
				f, err := l.round(crowd, p.calls(b, l.server.kind))
				if err != nil {
					return nil, err
				}
				rounds[i] = append(rounds[i], f)
			}
		}
		least := medians(rounds[1]).cpu
		for i, l := range loads {
			f := medians(rounds[i])
			rows = append(rows, row{b, crowd, l.server.kind, f, float64(f.cpu) / float64(max(least, 1))})
		}
	}
	return rows, nil
}

// prepare starts both servers, the service first: the baseline answers what it
// does. What was started is returned also with an error.
func prepare(ctx context.Context, b body) (loads []load, err error) {
	var answer []byte
	var rules []string
	for _, k := range []kind{whole, baseline} {
		s, err := start(ctx, k, string(answer))
		if err != nil {
			return loads, err
		}
		l := load{server: s, post: post(b), rules: rules}
		loads = append(loads, l)
		if l.callers, err = s.callers(ctx); err != nil {
			return loads, err
		}
		if k == whole {
			if answer, err = l.callers[0].call(l.post); err != nil {
				return loads, err
			}
			if rules, err = rulesOf(answer); err != nil {
				return loads, err
			}
			l.rules = rules
		}
		loads[len(loads)-1] = l
	}
	return loads, nil
}
