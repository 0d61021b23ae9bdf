package main

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"

	"rygkort/hooks"
)

// isLocal reports whether an address to listen on can be reached from this
// machine alone. An empty host means every network.
func isLocal(listen string) (bool, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return false, errListen
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return false, errListen
	}
	return hooks.IsLoopback(host), nil
}

var errListen = errors.New("want an address such as " + defaultListen)

// urlOf is the URL under which a listener is reached from this machine. The
// port is the listener's own, which need not be the one asked for.
func urlOf(scheme, listen string, address net.Addr) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return scheme + "://" + address.String()
	}
	if tcp, isTCP := address.(*net.TCPAddr); isTCP {
		port = strconv.Itoa(tcp.Port)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// checkPublicURL refuses what clients could not call, and plain http off this
// machine: who listens in would read about patients.
func checkPublicURL(text string, insecure bool) error {
	u, err := url.Parse(text)
	web := err == nil && u.Hostname() != "" && u.User == nil && (u.Scheme == "https" || u.Scheme == "http") && !strings.ContainsAny(text, "?#")
	switch {
	case !web:
		return errors.New("want an absolute http or https URL without user, query and fragment")
	case u.Scheme == "http" && !hooks.IsLoopback(u.Hostname()) && !insecure:
		return errors.New("plain http is taken on a loopback address only")
	case strings.ContainsFunc(text, func(c rune) bool { return c > '~' }):
		return errors.New("want ASCII; write other letters percent-encoded or as xn--")
	}
	return nil
}
