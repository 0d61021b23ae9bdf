// Package web makes the pages for people: what this service is, the rules beside
// the leaflet's sentences, and the report on what GPs did with the cards.
//
// It alone knows HTML. It knows no requests and no statuses: a page is a value
// that whoever has a connection sends. Pages load nothing, from here or from
// elsewhere, and run no script.
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
)

//go:embed home.html pathway.html report.html style.css
var files embed.FS

// Page is a page, and the Content-Security-Policy that it is to be sent with.
type Page struct {
	HTML   []byte
	Policy string
}

// makePage fills a template. Its error is a mistake in the embedded files.
func makePage(name string, content any) (Page, error) {
	style, err := files.ReadFile("style.css")
	if err != nil {
		return Page{}, err
	}
	made, err := template.New(name).Funcs(template.FuncMap{
		"style": func() template.CSS { return template.CSS(style) },
	}).ParseFS(files, name)
	if err != nil {
		return Page{}, err
	}
	var html bytes.Buffer
	if err := made.Execute(&html, content); err != nil {
		return Page{}, err
	}
	return Page{html.Bytes(), policy(style)}, nil
}

// policy allows this one style sheet, by its hash, and nothing else.
func policy(style []byte) string {
	hash := sha256.Sum256(style)
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
		"'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
