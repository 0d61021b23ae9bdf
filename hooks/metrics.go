package hooks

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"rygkort/internal/ledger"
)

// Metrics are the numbers of a service. They outlive it, so that a change of
// settings does not begin them anew. Nothing in them is about a patient: each
// label is a word of ours or an operator's.
type Metrics struct {
	registry *prometheus.Registry
	calls    *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	states   *prometheus.CounterVec
	fetches  *prometheus.CounterVec
	rules    *prometheus.CounterVec
	shown    *prometheus.CounterVec
	inFlight prometheus.Gauge
}

// NewMetrics makes metrics that count from zero.
func NewMetrics() *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "rygkort_" + name, Help: help}, labels)
	}
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		calls:    counter("calls_total", "Calls answered, by service, client and HTTP status.", "service", "client", "status"),
		states:   counter("prefetch_total", "How clients sent each prefetch key.", "key", "state"),
		fetches:  counter("fetches_total", "Keys read from clients' FHIR servers, by what came of it.", "key", "outcome"),
		rules:    counter("rules_total", "Rules that said yes.", "rule"),
		shown:    counter("cards_total", "Cards sent, by the rule that leads them.", "rule"),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "rygkort_call_seconds", Help: "Time from a call's arrival to its answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 3, 5},
		}, []string{"service"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "rygkort_calls_in_flight", Help: "Calls being answered now."}),
	}
	m.registry.MustRegister(collectors.NewGoCollector(), m.calls, m.seconds, m.states, m.fetches, m.rules, m.shown, m.inFlight)
	return m
}

// handler writes the metrics as Prometheus reads them.
func (m *Metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Watch adds the figures of a ledger. It is called once.
func (m *Metrics) Watch(l *ledger.Ledger) {
	figure := func(name, help string, value func(s ledger.State) float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "rygkort_ledger_" + name, Help: help}, func() float64 { return value(l.State()) })
	}
	m.registry.MustRegister(
		figure("queue", "Cards that wait to be written.", func(s ledger.State) float64 { return float64(s.Queue) }),
		figure("written", "Cards written since the start.", func(s ledger.State) float64 { return float64(s.Written) }),
		figure("dropped", "Cards that were never written, since the start.", func(s ledger.State) float64 { return float64(s.Dropped) }),
		figure("reachable", "1 where the database could be written to when last tried.", func(s ledger.State) float64 {
			if s.Reachable {
				return 1
			}
			return 0
		}),
	)
}

// begin counts a call as being answered, until it has ended.
func (m *Metrics) begin() (end func()) {
	m.inFlight.Inc()
	return m.inFlight.Dec
}

// count counts one call.
func (m *Metrics) count(line callLine, took time.Duration) {
	service := line.service
	if line.feedback {
		service += "/feedback"
	}
	m.calls.WithLabelValues(service, line.client, strconv.Itoa(line.status)).Inc()
	m.seconds.WithLabelValues(service).Observe(took.Seconds())
	if line.trace.Reading != nil {
		for key, state := range line.trace.Reading.States {
			m.states.WithLabelValues(string(key), state.String()).Inc()
		}
		for _, one := range line.trace.Reading.Fetches {
			outcome := one.Reason
			if outcome == "" {
				outcome = "read"
			}
			m.fetches.WithLabelValues(string(one.Source), outcome).Inc()
		}
	}
	if line.trace.Decision == nil {
		return
	}
	for _, id := range fired(line.trace.Decision) {
		m.rules.WithLabelValues(id).Inc()
	}
	if line.status == http.StatusOK && !line.shadow {
		for _, advice := range line.trace.Decision.Advice {
			m.shown.WithLabelValues(advice.Lead().Rule.ID).Inc()
		}
	}
}
