package main

import (
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// full is a configuration with everything, and the files that it names.
func full(t *testing.T, in folder, keyServer string) string {
	t.Helper()
	ours := newAuthority(t, "ours")
	certificate, key := ours.issue(t, "cds.example")
	in.write("server.pem", certificate)
	in.write("server.key", key)
	in.write("ledger.key", "a key for marks, of invented patients\n")
	in.write("operator.txt", "a token for the night shift\n")
	in.write("ca.pem", newAuthority(t, "clients").pem())
	in.write("emr.json", keySet(t, newSigner(t, "k1", issuer)))
	if err := os.MkdirAll(filepath.Join(in.path, "valuesets"), 0o700); err != nil {
		t.Fatal(err)
	}
	in.write("valuesets/local.json", `{"resourceType":"ValueSet","url":"https://region.example/fhir/ValueSet/order-mri-lumbar","status":"active","compose":{"include":[{"system":"urn:oid:1.2.208.176.2.4","concept":[{"code":"UXME30"}]}]}}`)
	return in.write("rygkort.yaml", `
listen: 0.0.0.0:8443
public_url: https://cds.example
tls: {cert: server.pem, key: server.key, client_ca: ca.pem}
discovery: token
limits: {body: 1000000, in_flight: 10, token_lifetime: 2m}
clients:
  - {name: emr, iss: https://ehr.example, keys: emr.json, certificate: emr.example, tenants: [t1, t2], rate: 2.5}
  - {name: clinic, iss: https://clinic.example, jku: `+keyServer+`, fhir_servers: [https://clinic.example/fhir], language: en, certificate: clinic.example}
pathway:
  links: {ondtiryggen: "https://back.example/?key=s3cret", patienthaandbogen: ""}
  receivers: {mri-lumbar: "325421000016001"}
  valuesets: valuesets
`)
}

func TestCheckSaysWhatWouldBeInForceAndTouchesNothing(t *testing.T) {
	var asked atomic.Int32
	keyServer := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer keyServer.Close()
	in := newFolder(t)
	config := full(t, in, keyServer.URL+"/jwks.json")
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	got := command(t, "", "serve", "--check", "--config", config, "--listen", taken.Addr().String())
	if got.code != exitDone || got.stderr != "" {
		t.Fatalf("exit %d: %s", got.code, got.stderr)
	}
	for _, want := range []string{
		"mode clients are asked who they are", "listen " + taken.Addr().String(), "public_url https://cds.example", "discovery token",
		"tls.cert " + in.path + "/server.pem", "tls.key " + in.path + "/server.key", "tls.client_ca " + in.path + "/ca.pem",
		"limits.body 1000000", "limits.in_flight 10", "limits.token_lifetime 2m0s", "pathway.parameters.mrc_severe 3",
		"pathway.links.ondtiryggen https://back.example/?xxxxx", "pathway.links.patienthaandbogen none", "pathway.receivers.mri-lumbar 325421000016001",
		"clients.emr.iss https://ehr.example", "clients.emr.jku none", "clients.emr.keys " + in.path + "/emr.json", "clients.emr.fhir_servers none is read",
		"clients.emr.tenants t1, t2", "clients.emr.language da", "clients.emr.rate 2.5 a second", "clients.emr.certificate emr.example",
		"clients.clinic.jku " + keyServer.URL + "/jwks.json", "clients.clinic.fhir_servers https://clinic.example/fhir", "clients.clinic.tenants any",
		"clients.clinic.language en", "code added urn:oid:1.2.208.176.2.4|UXME30 for order-mri-lumbar, from local.json", "clients.clinic.rate as many as it likes",
	} {
		if !strings.Contains(spaced(got.stdout), "\n"+want+"\n") && !strings.HasPrefix(spaced(got.stdout), want+"\n") {
			t.Errorf("%q is missing in\n%s", want, got.stdout)
		}
	}
	for _, secret := range []string{"s3cret", "PRIVATE KEY", `"kty"`} {
		if strings.Contains(got.stdout, secret) {
			t.Errorf("%s is shown:\n%s", secret, got.stdout)
		}
	}
	if asked.Load() != 0 {
		t.Error("a key set was fetched")
	}
}

// spaced is a text with one blank where there are several.
func spaced(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.Join(strings.Fields(line), " ")
	}
	return strings.Join(lines, "\n")
}

func TestCheckReadsEachFileThatWouldBeUsed(t *testing.T) {
	foreign, _ := newAuthority(t, "foreign").issue(t, "foreign.example")
	weak := `{"keys":[{"kty":"EC","crv":"P-192","kid":"k1","x":"AA","y":"AA"}]}`
	for _, test := range []struct{ name, file, text, want string }{
		{"a key set that is none", "emr.json", "{}", `clients: trust: client "emr": keys: not a JWK Set`},
		{"a key set without a key of use", "emr.json", weak, `none with a kid can be used: crv is not P-256, P-384 or P-521`},
		{"a certificate that is none", "server.pem", "hello", "tls: tls: failed to find any PEM data in certificate input"},
		{"another certificate's key", "server.pem", foreign, "tls: private key does not match public key"},
		{"authorities that are none", "ca.pem", "hello", "ca.pem holds no certificate"},
		{"a value set that is none", "valuesets/local.json", "{", "valuesets: local.json: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := newFolder(t)
			config := full(t, in, "https://clinic.example/jwks.json")
			in.write(test.file, test.text)
			got := command(t, "", "serve", "--check", "--config", config)
			if got.code != exitMisused || !strings.Contains(got.stderr, test.want) || got.stdout != "" {
				t.Errorf("exit %d: %s, want %s", got.code, got.stderr, test.want)
			}
			if strings.Contains(got.stderr, test.text) {
				t.Errorf("the file is quoted: %s", got.stderr)
			}
		})
	}
	for _, file := range []string{"emr.json", "server.pem", "server.key", "ca.pem", "valuesets"} {
		in := newFolder(t)
		config := full(t, in, "https://clinic.example/jwks.json")
		if err := os.RemoveAll(filepath.Join(in.path, file)); err != nil {
			t.Fatal(err)
		}
		got := command(t, "", "serve", "--check", "--config", config)
		if got.code != exitMisused || !strings.Contains(got.stderr, file+": ") || !strings.Contains(got.stderr, "no such file") {
			t.Errorf("without %s: exit %d: %s", file, got.code, got.stderr)
		}
	}
}

func TestCheckWarnsOfWhatClientsWillRefuse(t *testing.T) {
	in := newFolder(t)
	ours := newAuthority(t, "ours")
	certificate, key := ours.issue(t, "cds.example", func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now().Add(-2*time.Hour), now().Add(-time.Hour) })
	in.write("server.pem", certificate)
	in.write("server.key", key)
	config := in.write("rygkort.yaml", "tls: {cert: server.pem, key: server.key}\n")
	if got := inForceAt(t, "warning", "--config", config); !strings.HasPrefix(got, "demo mode") {
		t.Errorf("%s", got)
	}
	if got := command(t, "", "serve", "--check", "--config", config); !strings.Contains(got.stdout, "tls.cert has expired") {
		t.Errorf("exit %d: %s%s", got.code, got.stdout, got.stderr)
	}
}

// TestWhatIsServedIsSafeByDefault: what a stranger could reach is refused, with
// what to do instead.
func TestWhatIsServedIsSafeByDefault(t *testing.T) {
	client := "clients:\n  - {name: emr, iss: https://ehr.example, jku: https://ehr.example/jwks.json}\n"
	for _, test := range []struct {
		name, text string
		args       []string
		code       int
		want       string
	}{
		{"nothing said", "zone: UTC\n", nil, exitDone, "demo: invented patients, nobody is asked who they are; this machine only"},
		{"this machine, by IPv6", "listen: \"[::1]:8080\"\n", nil, exitDone, "demo: "},
		{"every network and no client", "listen: 0.0.0.0:8080\n", nil, exitMisused, "can be reached by other machines, and no client is configured"},
		{"every network by an empty host", "listen: \":8080\"\n", nil, exitMisused, "no client is configured"},
		{"a name that may be any machine", "listen: cds.example:8080\n", nil, exitMisused, "no client is configured"},
		{"told that this is meant", "listen: 0.0.0.0:8080\n", []string{"--insecure-no-auth"}, exitDone, "warning nobody is asked who they are: --insecure-no-auth is set, and other machines reach this address"},
		{"clients and no public URL", client, nil, exitMisused, "public_url is needed where clients are configured"},
		{"clients on this machine", client + "public_url: http://127.0.0.1:8080\n", nil, exitDone, "clients are asked who they are"},
		{"plain http for others to read", client + "public_url: http://cds.example\n", nil, exitMisused, "plain http is taken on a loopback address only"},
		{"plain http in the open", "listen: 0.0.0.0:8080\npublic_url: http://cds.example\n", []string{"--insecure-no-auth"}, exitDone, "public_url http://cds.example"},
		{"the flag does not open what clients close", client + "public_url: http://cds.example\n", []string{"--insecure-no-auth"}, exitMisused, "plain http is taken on a loopback address only"},
		{"the flag beside clients", client + "public_url: https://cds.example\n", []string{"--insecure-no-auth"}, exitDone, "warning --insecure-no-auth has no effect"},
		{"behind a proxy that has TLS", client + "listen: 0.0.0.0:8080\npublic_url: https://cds.example\n", nil, exitDone, "tls.cert none: plain http"},
		{"every network in plain http", client + "listen: 0.0.0.0:8080\npublic_url: http://127.0.0.1:8080\n", nil, exitMisused, "put a TLS proxy in front"},
		{"http is said and https is served", client + "public_url: http://127.0.0.1:8080\ntls: {cert: a, key: b}\n", nil, exitMisused, "with tls.cert the service is reached by https only"},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := newFolder(t).write("rygkort.yaml", test.text)
			got := command(t, "", append([]string{"serve", "--check", "--config", config}, test.args...)...)
			if got.code != test.code || !strings.Contains(spaced(got.stdout+got.stderr), test.want) {
				t.Errorf("exit %d, want %d and %q:\n%s%s", got.code, test.code, test.want, got.stdout, got.stderr)
			}
			if test.code != exitDone {
				if got := command(t, "", append([]string{"serve", "--config", config}, test.args...)...); got.code != test.code {
					t.Errorf("serve does not refuse what --check refuses: exit %d", got.code)
				}
			}
		})
	}
}

// TestAnOpenServiceSaysSoAtEachStartAndAsLongAsItRuns.
func TestAnOpenServiceSaysSoInItsLogAndInReadyz(t *testing.T) {
	for range 2 {
		url, stderr, stop := serving(t, "serve", "--listen", "0.0.0.0:0", "--insecure-no-auth")
		if _, body := get(t, url+"/readyz"); !strings.Contains(body, "--insecure-no-auth is set") {
			t.Errorf("/readyz: %s", body)
		}
		stop()
		if !strings.Contains(stderr.String(), `"level":"WARN","msg":"nobody is asked who they are: --insecure-no-auth is set, and other machines reach this address"`) {
			t.Errorf("the log:\n%s", stderr)
		}
	}
	url, _, _ := serving(t, "--listen", "127.0.0.1:0")
	if _, body := get(t, url+"/readyz"); !strings.Contains(body, "demo mode: nobody is asked who they are; this machine only") {
		t.Errorf("/readyz in demo mode: %s", body)
	}
}
