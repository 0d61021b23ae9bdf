package hooks

import (
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"

	"rygkort/internal/demo"
	"rygkort/internal/web"
	"rygkort/pathway"
)

// pages are the pages for people. They are the same for everyone, so each is
// made once, when it is first asked for.
type pages struct {
	service *Service
	start   func() (web.Page, error)
	rules   func() (web.Page, error)
}

func newPages(s *Service) *pages {
	return &pages{
		service: s,
		start:   sync.OnceValues(func() (web.Page, error) { return s.home().Page() }),
		rules:   sync.OnceValues(func() (web.Page, error) { return web.Pathway(pathway.Rules(), pathway.Leaflet()) }),
	}
}

func (p *pages) home(c *gin.Context)    { p.show(c, p.start) }
func (p *pages) pathway(c *gin.Context) { p.show(c, p.rules) }

func (p *pages) show(c *gin.Context, made func() (web.Page, error)) {
	page, err := made()
	if err != nil {
		p.service.refuse(c, err)
		return
	}
	c.Header("Content-Security-Policy", page.Policy)
	c.Header("Referrer-Policy", "no-referrer")
	p.service.writeBytes(c.Writer, http.StatusOK, "text/html; charset=utf-8", page.HTML)
}

// home is what the start page says of this service.
func (s *Service) home() web.Home {
	home := web.Home{Discovery: s.config.PublicURL + "/cds-services", Report: s.config.Ledger != nil}
	for _, offer := range s.offers {
		home.Services = append(home.Services, web.Service{ID: offer.ID, Hook: string(offer.Hook), Title: offer.Title})
	}
	if s.config.Demo == nil {
		return home
	}
	for _, patient := range s.config.Demo.Patients() {
		home.Patients = append(home.Patients, web.Patient{
			Name: patient.Name, Danish: patient.Story["da"], English: patient.Story["en"],
			Sandbox: demo.SandboxLink(s.config.PublicURL, patient.ID, patient.Hook),
			Command: s.DemoCommand(patient),
		})
	}
	return home
}

// DemoCommand asks for a demo patient's cards from a shell.
func (s *Service) DemoCommand(patient demo.Patient) string {
	service := ""
	for _, offer := range s.offers {
		if string(offer.Hook) == patient.Hook {
			service = offer.ID
		}
	}
	return "curl -s " + s.config.PublicURL + "/demo/calls/" + patient.Hook + "/" + patient.ID +
		" | curl -s -H 'Content-Type: application/json' --data-binary @- " + s.config.PublicURL + "/cds-services/" + service
}
