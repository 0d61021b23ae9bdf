package fhir_test

import (
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"rygkort/fhir"
)

func address(t testing.TB, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestAQueryStandsBehindTheBase as it was advertised, however the base is
// written.
func TestAQueryStandsBehindTheBase(t *testing.T) {
	for _, c := range []struct{ base, patient, patientAt, searchAt string }{
		{"https://ehr.example", "p1", "https://ehr.example/Patient/p1", "https://ehr.example/Condition?patient=p1"},
		{"https://ehr.example/", "p1", "https://ehr.example/Patient/p1", "https://ehr.example/Condition?patient=p1"},
		{"https://ehr.example:8443/fhir", "p1", "https://ehr.example:8443/fhir/Patient/p1", "https://ehr.example:8443/fhir/Condition?patient=p1"},
		{"https://ehr.example/fhir/", "p1", "https://ehr.example/fhir/Patient/p1", "https://ehr.example/fhir/Condition?patient=p1"},
		{"https://ehr.example/fhir//", "p1", "https://ehr.example/fhir/Patient/p1", "https://ehr.example/fhir/Condition?patient=p1"},
		{"https://ehr.example/a%2Fb/fhir", "p1", "https://ehr.example/a%2Fb/fhir/Patient/p1", "https://ehr.example/a%2Fb/fhir/Condition?patient=p1"},
		{"https://ehr.example/l%C3%A6ge%20hus/", "p1", "https://ehr.example/l%C3%A6ge%20hus/Patient/p1", "https://ehr.example/l%C3%A6ge%20hus/Condition?patient=p1"},
		{"https://ehr.example/tenant/..;x/fhir", "p1", "https://ehr.example/tenant/..;x/fhir/Patient/p1", "https://ehr.example/tenant/..;x/fhir/Condition?patient=p1"},
		{"https://ehr.example/fhir?", "p1", "https://ehr.example/fhir/Patient/p1", "https://ehr.example/fhir/Condition?patient=p1"},
		{"https://[::1]:8443/fhir", "p1", "https://[::1]:8443/fhir/Patient/p1", "https://[::1]:8443/fhir/Condition?patient=p1"},
		// "." and ".." are FHIR ids, and no steps through the server's folders.
		{"https://ehr.example/fhir", "..", "https://ehr.example/fhir/Patient/..", "https://ehr.example/fhir/Condition?patient=.."},
		{"https://ehr.example/fhir", ".", "https://ehr.example/fhir/Patient/.", "https://ehr.example/fhir/Condition?patient=."},
	} {
		server := &fhir.Server{Base: address(t, c.base)}
		same(t, c.base, c.patientAt, server.Query("Patient/{{context.patientId}}", c.patient).String())
		same(t, c.base, c.searchAt, server.Query("Condition?patient={{context.patientId}}", c.patient).String())
		same(t, "the base stays as it was", address(t, c.base).String(), server.Base.String())
	}
}

// TestTwoAddressesAreOfOneServer by scheme, host and port, and by nothing else.
func TestTwoAddressesAreOfOneServer(t *testing.T) {
	const base = "https://ehr.example/fhir"
	for other, want := range map[string]bool{
		"https://ehr.example/other":        true,
		"https://ehr.example:443/fhir":     true,
		"HTTPS://EHR.Example/fhir":         true,
		"https://user@ehr.example/fhir":    true, // user info is refused by itself
		"http://ehr.example/fhir":          false,
		"http://ehr.example:443/fhir":      false,
		"https://ehr.example:80/fhir":      false,
		"https://ehr.example:8443/fhir":    false,
		"https://ehr.example./fhir":        false,
		"https://ehr.example.evil/fhir":    false,
		"https://evil.ehr.example/fhir":    false,
		"https://ehr.example@evil.example": false,
		"https:ehr.example/fhir":           false,
		"/fhir":                            false,
		"ftp://ehr.example/fhir":           false,
	} {
		if got := fhir.Origin(address(t, other)) == fhir.Origin(address(t, base)); got != want {
			t.Errorf("%s: %v, want %v", other, got, want)
		}
	}
}

// N-2: in whatever way a token is printed, it prints as nothing.
func TestATokenPrintsAsNothing(t *testing.T) {
	token := fhir.NewToken(bearer)
	call := fhir.Call{Server: &fhir.Server{Base: address(t, "https://ehr.example"), Token: token}}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "token", token, "server", *call.Server)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "token", token, "server", *call.Server)
	text, err := json.Marshal(map[string]any{"token": token, "server": *call.Server})
	if err != nil {
		t.Fatal(err)
	}
	printed := log.String() + string(text)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		printed += fmt.Sprintf(verb+verb+verb, token, *call.Server, []any{token, &token})
	}
	if strings.Contains(printed, bearer) || strings.Contains(printed, fmt.Sprintf("%x", bearer)) {
		t.Errorf("it is printed: %s", printed)
	}
	same(t, "that there is none", "none", fhir.Token{}.String())
}
