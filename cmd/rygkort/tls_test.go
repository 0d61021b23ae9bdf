package main

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// secured starts a service with TLS for one client, and further settings below
// tls.
func secured(t *testing.T, ours authority, emr signer, further string) (in folder, url string, stderr *stream) {
	t.Helper()
	in = newFolder(t)
	certificate, key := ours.issue(t, "cds.example")
	in.write("server.pem", certificate)
	in.write("server.key", key)
	in.write("emr.json", keySet(t, emr))
	url, stderr, _ = serving(t, "serve", "--config", in.write("rygkort.yaml", securedConfig(freeAddress(t), further)))
	return in, url, stderr
}

func securedConfig(address, further string) string {
	return strings.Replace(ehrConfig(address, "tls:\n  cert: server.pem\n  key: server.key\n", further), "public_url: http:", "public_url: https:", 1)
}

// browser is an HTTP client that trusts an authority, with a change of what it
// does otherwise.
func browser(t *testing.T, trusts authority, changes ...func(*tls.Config)) *http.Client {
	t.Helper()
	config := &tls.Config{RootCAs: trusts.pool()}
	for _, change := range changes {
		change(config)
	}
	transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 10 * time.Second}
}

func showing(certificate tls.Certificate) func(*tls.Config) {
	return func(c *tls.Config) {
		// Whatever the server asks for: a client of no good will shows what it has.
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &certificate, nil }
	}
}

func TestTLSIsServedFromFilesWithHSTS(t *testing.T) {
	ours, emr := newAuthority(t, "ours"), newSigner(t, "k1", issuer)
	_, url, stderr := secured(t, ours, emr, "")
	if !strings.HasPrefix(url, "https://127.0.0.1:") {
		t.Errorf("the URL is %s", url)
	}
	client := browser(t, ours)
	answer := mustPost(t, client, url+service, emr.token(t, url+service, nil), request(caudaEquina))
	if answer.status != http.StatusOK || answer.header.Get("Strict-Transport-Security") != "max-age=31536000" {
		t.Errorf("%+v\n%s", answer, stderr)
	}
	if refused := mustPost(t, client, url+service, "", request(caudaEquina)); refused.header.Get("Strict-Transport-Security") == "" {
		t.Errorf("no HSTS on a refusal: %+v", refused)
	}
	if answer.proto != "HTTP/2.0" {
		t.Errorf("a client that knows HTTP/2 is answered by %s", answer.proto)
	}
	plain := mustPost(t, http.DefaultClient, "http"+strings.TrimPrefix(url, "https")+service, "", "{}")
	if plain.status != http.StatusBadRequest || !strings.Contains(plain.body, "HTTP request to an HTTPS server") {
		t.Errorf("plain http to the same port: %+v", plain)
	}
}

func TestHSTSIsSaidOnlyWhereTLSIsOurs(t *testing.T) {
	address, _, _ := serving(t, "--listen", "127.0.0.1:0")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/cds-services", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Forwarded-Proto", "https")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if said := answer.Header.Get("Strict-Transport-Security"); said != "" {
		t.Errorf("over plain http, told by a header that it is https: %s", said)
	}
}

// TestNoHeaderChangesWhatTheServiceIsCalled: a proxy, or who pretends to be one,
// has no say in which tokens are good.
func TestNoHeaderChangesWhatTheServiceIsCalled(t *testing.T) {
	_, emr, url, _ := asked(t)
	for audience, status := range map[string]int{url: http.StatusOK, "https://evil.example": http.StatusUnauthorized} {
		call, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+service, strings.NewReader(request(caudaEquina)))
		if err != nil {
			t.Fatal(err)
		}
		call.Host = "evil.example"
		for name, value := range map[string]string{
			"Authorization": "Bearer " + emr.token(t, audience+service, nil), "Forwarded": "host=evil.example;proto=https",
			"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/a", "X-Original-URL": "/healthz",
		} {
			call.Header.Set(name, value)
		}
		answer, err := http.DefaultClient.Do(call)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != status || strings.Contains(string(body), "evil") {
			t.Errorf("aud %s: %d, %v: %s", audience, answer.StatusCode, err, body)
		}
	}
}

func TestTLSIsAtLeast12(t *testing.T) {
	ours, emr := newAuthority(t, "ours"), newSigner(t, "k1", issuer)
	_, url, _ := secured(t, ours, emr, "")
	for version, taken := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		dialer := tls.Dialer{Config: &tls.Config{RootCAs: ours.pool(), MinVersion: version, MaxVersion: version}}
		connection, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "https://"))
		if taken != (err == nil) || err != nil && !strings.Contains(err.Error(), "protocol version") {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
		if err == nil {
			connection.Close()
		}
	}
}

// TestANewCertificateIsForNewConnections: the old ones go on with what they have.
func TestANewCertificateIsForNewConnections(t *testing.T) {
	ours, next, emr := newAuthority(t, "ours"), newAuthority(t, "next"), newSigner(t, "k1", issuer)
	in, url, stderr := secured(t, ours, emr, "")
	old := browser(t, ours)
	if got := mustPost(t, old, url+service, emr.token(t, url+service, nil), request(caudaEquina)); got.status != http.StatusOK {
		t.Fatalf("%+v", got)
	}
	certificate, key := next.issue(t, "cds.example")

	// The certificate comes before its key: the pair does not fit, and nothing
	// changes meanwhile.
	in.write("server.pem", certificate)
	hangUp(t, stderr)
	if !strings.Contains(stderr.String(), "private key does not match public key") {
		t.Errorf("%s", stderr)
	}
	if got := mustPost(t, browser(t, ours), url+service, emr.token(t, url+service, nil), request(caudaEquina)); got.status != http.StatusOK {
		t.Errorf("%+v", got)
	}

	in.write("server.key", key)
	until(t, "the new certificate", func() bool {
		answer, err := post(t, browser(t, next), url+service, emr.token(t, url+service, nil), request(caudaEquina))
		return err == nil && answer.status == http.StatusOK
	})
	if got := mustPost(t, old, url+service, emr.token(t, url+service, nil), request(caudaEquina)); got.status != http.StatusOK {
		t.Errorf("the old connection: %+v", got)
	}
	if _, err := post(t, browser(t, ours), url+service, "", "{}"); err == nil {
		t.Error("a new connection still gets the old certificate")
	}
}

func TestMutualTLSLetsInWhoShowsTheClientsOwnCertificate(t *testing.T) {
	ours, clients, emr := newAuthority(t, "ours"), newAuthority(t, "clients"), newSigner(t, "k1", issuer)
	in := newFolder(t)
	certificate, key := ours.issue(t, "cds.example")
	in.write("server.pem", certificate)
	in.write("server.key", key)
	in.write("ca.pem", clients.pem())
	in.write("emr.json", keySet(t, emr))
	text := securedConfig(freeAddress(t), "  client_ca: ca.pem\n") + "    certificate: emr.example\n"
	url, stderr, _ := serving(t, "serve", "--config", in.write("rygkort.yaml", text))
	for _, test := range []struct {
		name   string
		shows  []func(*tls.Config)
		status int // 0: no connection at all
	}{
		{"its own", []func(*tls.Config){showing(clients.named(t, "emr.example"))}, http.StatusOK},
		{"its own, by a URI", []func(*tls.Config){showing(clients.named(t, "another", withURI(t, "emr.example")))}, http.StatusOK},
		{"none", nil, 0},
		{"another client's", []func(*tls.Config){showing(clients.named(t, "clinic.example"))}, http.StatusUnauthorized},
		{"its name, signed by somebody else", []func(*tls.Config){showing(newAuthority(t, "clients").named(t, "emr.example"))}, 0},
		{"one that has expired", []func(*tls.Config){showing(clients.named(t, "emr.example", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }))}, 0},
		{"a server's", []func(*tls.Config){showing(clients.named(t, "emr.example", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }))}, 0},
	} {
		answer, err := post(t, browser(t, ours, test.shows...), url+service, emr.token(t, url+service, nil), request(caudaEquina))
		if answer.status != test.status || (test.status == 0) != (err != nil) {
			t.Errorf("%s: %+v, %v", test.name, answer, err)
		}
		if test.status == http.StatusUnauthorized && !strings.Contains(answer.body, "the TLS certificate is not this client's") {
			t.Errorf("%s: %+v", test.name, answer)
		}
	}

	// Whoever connected before the authority changed comes no more, with a ticket
	// of then neither.
	tickets := tls.NewLRUClientSessionCache(10)
	again := func(c *tls.Config) { c.ClientSessionCache = tickets }
	shown := showing(clients.named(t, "emr.example"))
	if got := mustPost(t, browser(t, ours, shown, again), url+service, emr.token(t, url+service, nil), request(caudaEquina)); got.status != http.StatusOK {
		t.Fatalf("%+v", got)
	}
	in.write("ca.pem", newAuthority(t, "clients").pem())
	hangUp(t, stderr)
	if answer, err := post(t, browser(t, ours, shown, again), url+service, emr.token(t, url+service, nil), request(caudaEquina)); err == nil {
		t.Errorf("by an authority that is not trusted any more: %+v", answer)
	}
}

func TestHealthAsksOverTLSAsTheFileSays(t *testing.T) {
	ours, clients, emr := newAuthority(t, "ours"), newAuthority(t, "clients"), newSigner(t, "k1", issuer)
	in, _, stderr := secured(t, ours, emr, "")
	config := in.path + "/rygkort.yaml"
	if got := command(t, "", "health", "--config", config); got.code != exitDone {
		t.Errorf("exit %d: %s", got.code, got.stderr)
	}
	in.write("rygkort.yaml", strings.Replace(string(mustRead(t, config)), "public_url", "publicurl", 1))
	if got := command(t, "", "health", "--config", config); got.code != exitDone {
		t.Errorf("while the new file is wrong: exit %d: %s", got.code, got.stderr)
	}
	in.write("rygkort.yaml", strings.Replace(string(mustRead(t, config)), "publicurl", "public_url", 1))
	in.write("ca.pem", clients.pem())
	in.write("rygkort.yaml", strings.Replace(string(mustRead(t, config)), "  key: server.key\n", "  key: server.key\n  client_ca: ca.pem\n", 1))
	hangUp(t, stderr)
	t.Setenv("RYGKORT_CONFIG", config)
	if got := command(t, "", "health"); got.code != exitDone {
		t.Errorf("where certificates are asked for: exit %d: %s\n%s", got.code, got.stderr, stderr)
	}
	t.Setenv("RYGKORT_LISTEN", freeAddress(t))
	if got := command(t, "", "health"); got.code != exitFailed {
		t.Errorf("nobody there: exit %d: %s", got.code, got.stderr)
	}
}
