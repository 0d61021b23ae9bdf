package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

// healthTimeout is how long a service may take to say that it is well.
const healthTimeout = 3 * time.Second

// health is the command that asks a running service whether it is well. An
// image without a shell has nothing else to ask with.
type health struct {
	Listen string `default:"127.0.0.1:8080" env:"RYGKORT_LISTEN" help:"Address that the service listens on."`
}

// Run asks.
func (c *health) Run(a *app) error {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("%w: --listen: want an address such as 127.0.0.1:8080", errMisused)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(a.ctx, healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return fmt.Errorf("%w: --listen: %w", errMisused, err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // no proxy: it is this machine
	answer, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("not well: %w", err)
	}
	if err := answer.Body.Close(); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("not well: status %d", answer.StatusCode)
	}
	return nil
}
