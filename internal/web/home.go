package web

// Home is what the start page says.
type Home struct {
	Discovery string
	Services  []Service
	Patients  []Patient // none: no demo
	Report    bool      // there is one
}

// Service is one service, as the start page lists it.
type Service struct {
	ID    string
	Hook  string
	Title string
}

// Patient is one demo patient, as the start page lists them.
type Patient struct {
	Name            string
	Danish, English string // the story
	Sandbox         string // opens the CDS Hooks Sandbox on this patient
	Command         string // asks for the cards from a shell
}

// Page makes the start page.
func (h Home) Page() (Page, error) { return makePage("home.html", h) }
