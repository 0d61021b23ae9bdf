package demo

import (
	"net/url"
	"strings"
)

// screen is the Sandbox's tab that calls a hook, empty for a hook that is not ours.
func screen(hook string) string {
	switch hook {
	case "patient-view":
		return "patient-view"
	case "order-select":
		return "pama" // the imaging tab: it drafts a lumbar MRI
	case "order-sign":
		return "rx-sign"
	}
	return ""
}

// SandboxLink opens the public CDS Hooks Sandbox on a demo patient, with our
// services and our FHIR endpoint filled in. Any other hook than ours opens
// patient-view.
//
// Neither base may end with a slash (the Sandbox then calls //metadata and
// //{id}), and hook and screen have to fit each other, or cards of the one are
// not drawn on the other.
func SandboxLink(publicURL, patientID, hook string) string {
	tab := screen(hook)
	if tab == "" {
		hook, tab = "patient-view", "patient-view"
	}
	public := strings.TrimRight(publicURL, "/")
	return "https://sandbox.cds-hooks.org/?hook=" + hook +
		"&screen=" + tab +
		"&fhirServiceUrl=" + escape(public+"/demo/fhir") +
		"&patientId=" + escape(patientID) +
		"&serviceDiscoveryURL=" + escape(public+"/cds-services")
}

// escape percent-encodes a value; a space too, which QueryEscape writes as a plus.
func escape(value string) string { return strings.ReplaceAll(url.QueryEscape(value), "+", "%20") }
