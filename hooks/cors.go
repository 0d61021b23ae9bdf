package hooks

import (
	"net/http"
	"strings"
)

// forBrowsers lets pages of any origin call the service (R208). It stands
// around everything, since a browser hides an answer without these headers
// from the page, errors too. Credentials are never allowed beside "*": the
// service knows no cookies.
//
// It answers every OPTIONS itself, whatever the path: a preflight carries no
// token, and says nothing about what is behind it.
func forBrowsers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Access-Control-Allow-Origin", "*")
		header.Set("Access-Control-Expose-Headers", "Retry-After, WWW-Authenticate, Content-Language")
		header.Set("X-Content-Type-Options", "nosniff")
		if r.TLS != nil {
			header.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if r.Method != http.MethodOptions {
			next.ServeHTTP(w, r)
			return
		}
		header.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
		// By name: the "*" of the Fetch standard does not cover Authorization.
		header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept")
		header.Set("Access-Control-Max-Age", "600")
		if r.Header.Get("Access-Control-Request-Private-Network") == "true" {
			header.Set("Access-Control-Allow-Private-Network", "true") // the public Sandbox calling a service on localhost
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

// foldSlashes answers doubled and trailing slashes as if they were not there.
// A redirect would not do: browsers do not follow one on a preflight, and
// clients turn a redirected POST into a GET.
func foldSlashes(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts := strings.FieldsFunc(r.URL.Path, func(c rune) bool { return c == '/' })
		folded := "/" + strings.Join(parts, "/")
		if folded == r.URL.Path && r.URL.RawPath == "" {
			next.ServeHTTP(w, r)
			return
		}
		plain := new(http.Request)
		*plain = *r
		address := *r.URL
		address.Path, address.RawPath = folded, ""
		plain.URL = &address
		next.ServeHTTP(w, plain)
	})
}
