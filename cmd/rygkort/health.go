package main

import (
	"context"
	"crypto/tls"
	"errors"
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
	Config string `env:"RYGKORT_CONFIG" placeholder:"FILE" help:"Configuration file of the service: where it listens, and whether with TLS."`
	Listen string `env:"RYGKORT_LISTEN" placeholder:"ADDRESS" help:"Address that the service listens on (127.0.0.1:8080)."`
}

// Run asks.
func (c *health) Run(a *app) error {
	// Faults are passed over: a service goes on while its new file is wrong.
	f, _, err := readAsFarAsPossible(c.Config)
	if err != nil {
		return err
	}
	listen := first(c.Listen, f.Listen, defaultListen)
	if _, err := isLocal(listen); err != nil {
		return fmt.Errorf("%w: --listen: %w", errMisused, err)
	}
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	scheme := "http"
	if f.TLS.Cert != "" {
		scheme = "https"
	}
	ctx, cancel := context.WithTimeout(a.ctx, healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return fmt.Errorf("%w: --listen: %w", errMisused, err)
	}
	wanted := false
	client := &http.Client{Transport: &http.Transport{ // no proxy: it is this machine
		DisableKeepAlives: true,
		TLSClientConfig: &tls.Config{
			MinVersion:         tls.VersionTLS12,
			InsecureSkipVerify: true, // the certificate is for the public name, and nothing is told
			GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				wanted = true
				return &tls.Certificate{}, nil
			},
		},
	}}
	answer, err := client.Do(request)
	if err != nil {
		var remote *net.OpError
		if wanted && errors.As(err, &remote) && remote.Op == "remote error" {
			return nil // it asks for a certificate of its clients, and is well enough to refuse us
		}
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
