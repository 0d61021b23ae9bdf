package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

// certificates are what TLS connections are made with. They are read anew when
// the configuration is, and running connections keep what they have.
type certificates struct{ inForce atomic.Pointer[tls.Config] }

// loaded is what the files hold, and what whoever runs the service has to know
// of it.
type loaded struct {
	config   *tls.Config
	warnings []string
}

// readCertificates reads the files.
func readCertificates(f fileTLS, now time.Time) (loaded, error) {
	own, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	if err != nil {
		return loaded{}, fmt.Errorf("%w: tls: %w", errMisused, err)
	}
	read := loaded{config: &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12, NextProtos: protocols}}
	switch {
	case now.After(own.Leaf.NotAfter):
		read.warnings = append(read.warnings, "tls.cert has expired: clients will not connect")
	case now.Before(own.Leaf.NotBefore):
		read.warnings = append(read.warnings, "tls.cert is not good yet: clients will not connect")
	}
	if f.ClientCA != "" {
		text, err := os.ReadFile(f.ClientCA)
		if err != nil {
			return loaded{}, fmt.Errorf("%w: tls.client_ca: %w", errMisused, err)
		}
		read.config.ClientCAs, read.config.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
		if !read.config.ClientCAs.AppendCertsFromPEM(text) {
			return loaded{}, fmt.Errorf("%w: tls.client_ca: %s holds no certificate", errMisused, f.ClientCA)
		}
		// Each connection shows its certificate: a ticket of before a change would
		// stand for one that is not taken any more.
		read.config.SessionTicketsDisabled = true
	}
	return read, nil
}

var protocols = []string{"h2", "http/1.1"}

// config is the configuration of a listener.
func (c *certificates) config() *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		NextProtos:         protocols,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return c.inForce.Load(), nil },
	}
}
