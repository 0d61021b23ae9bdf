package web

import "rygkort/cards"

// reportWords are the words of the report in one language. Names of rules,
// reasons and suggestions are those of the cards.
type reportWords struct {
	Title, Rules, Other, OtherCode string
	Intro, Warning                 string
	Sent                           string // %s to %s, in zone %s
	Empty, NoneShown               string // NoneShown: %s cards

	Totals                                                  string
	Shown, Accepted, Overridden, Unanswered, Suppressed     string
	MedianTime, DismissalRate, Taken, Reasons, WhyNot       string
	NoReason, None, NotKnown, NoRule                        string
	OverTime, Day, Week, DayDesc, WeekDesc, OnlyDays, Hint  string
	TimeTable, PerRule, RuleDesc, Rule, RuleTable, BarMeans string
	Often, OftenTitle, OftenNone, OftenItem, OftenMeans     string
	Restraint, Silent, Shadow                               string

	Apart, ApartSince                                       string
	Unknown, OtherService, OtherClient, Late, UnSuggestion  string
	UnknownMeans, OtherServiceMeans, OtherClientMeans       string
	LateMeans, UnSuggestionMeans                            string
	Reading, ReadShown, ReadAnswered, ReadUnanswered        string
	ReadSuppressed, ReadMedian, ReadRate, ReadSmall         string
	Thousands, Percent, DateLayout, ShortLayout, YearLayout string
	Second, Minute, Hour, Days, LessThanSecond              string
	Months                                                  [12]string
}

func wordsOf(language cards.Language) *reportWords {
	if language == cards.English {
		return &englishReport
	}
	return &danishReport
}

var danishReport = reportWords{
	Title: "Hvad lægerne gjorde med kortene", Rules: "Reglerne", Other: "In English", OtherCode: "en",
	Intro:     "Rygkort tæller de kort, som det har sendt, og de svar, som lægesystemerne melder tilbage.",
	Warning:   "Tallene viser, hvad lægerne svarede. De viser ikke, om et kort havde ret, og intet i dem handler om en bestemt patient.",
	Sent:      "Kort sendt fra %s til %s (%s).",
	Empty:     "Der er hverken sendt kort eller holdt kort tilbage i perioden, så der er intet at vise.",
	NoneShown: "Ingen kort blev vist i perioden. %s blev afgjort og ikke vist.",

	Totals: "I alt",
	Shown:  "Vist", Accepted: "Accepteret", Overridden: "Tilsidesat", Unanswered: "Ikke besvaret", Suppressed: "Ikke vist",
	MedianTime: "Tid til svar", DismissalRate: "Andel tilsidesat", Taken: "Hvad der blev taget", Reasons: "Hvorfor kort blev tilsidesat", WhyNot: "Hvorfor kort ikke blev vist",
	NoReason: "Uden begrundelse", None: "ingen", NotKnown: "–", NoRule: "(ingen regel)",
	OverTime: "Over tid", Day: "Dag", Week: "Uge fra mandag",
	DayDesc:  "Søjler, én for hver dag fra %s til %s. Flest kort på en dag: %s. Tallene står i tabellen under figuren.",
	WeekDesc: "Søjler, én for hver uge fra %s til %s. Flest kort på en uge: %s. Tallene står i tabellen under figuren.",
	OnlyDays: "Dage og uger uden kort står ikke i tabellen.", Hint: "%s: vist %s, accepteret %s, tilsidesat %s, ikke besvaret %s",
	TimeTable: "Tallene over tid", PerRule: "Regel for regel",
	RuleDesc: "Liggende bjælker, én for hver regel, med de mest viste øverst. Tallene står i tabellen under figuren.",
	Rule:     "Regel", RuleTable: "Tallene regel for regel", BarMeans: "Efter hver bjælke: vist · tilsidesat/besvaret (andel tilsidesat).",
	Often: "ofte tilsidesat", OftenTitle: "Regler, som ofte tilsidesættes",
	OftenNone:  "Ingen regel når grænsen.",
	OftenItem:  "%s af %s svar tilsidesatte kortet (%s)",
	OftenMeans: "Mærket ▲ sættes, når mindst %s af svarene tilsidesatte reglens kort, og der er mindst %s svar. Det er en grund til at se på reglen, ikke en dom over den. Kort uden forslag kan ikke accepteres, så af dem er andelen altid 100 %%.",
	Restraint:  "tilsidesat før ved samme kontakt", Silent: "reglen er tavs", Shadow: "tjenesten kørte i skygge",

	Apart: "Svar, der ikke hører til et kort", ApartSince: "Talt fra %s. Et svar, der sendes igen, tælles igen.",
	Unknown: "Ukendt kort", OtherService: "En anden tjenestes kort", OtherClient: "En anden klients kort", Late: "Kortet er slettet", UnSuggestion: "Ukendt forslag",
	UnknownMeans:      "Rygkort har ikke sendt et kort med det id. Klienten melder et forkert id, eller kortet gik tabt, før det blev skrevet ned.",
	OtherServiceMeans: "Kortet kom fra en anden af Rygkorts tjenester end den, der fik svaret. Klienten sender svar til den forkerte adresse.",
	OtherClientMeans:  "Kortet blev sendt til en anden klient end den, der svarede. Det bør undersøges: ingen klient kender en andens kort.",
	LateMeans:         "Kortet var slettet på grund af sin alder, da svaret kom.",
	UnSuggestionMeans: "Kortet er kendt, men havde ikke det forslag, der meldes taget. Selve svaret tæller med ovenfor.",
	Reading:           "Sådan læses tallene",
	ReadShown:         "Vist: kort, der blev sendt til lægesystemet. Om lægen så dem, ved Rygkort ikke. Et kort tælles under den regel, der fører det.",
	ReadAnswered:      "Accepteret og tilsidesat: det, lægesystemet meldte tilbage. Er der flere svar på ét kort, tæller det seneste. Af et accepteret kort kan flere forslag tages.",
	ReadUnanswered:    "Ikke besvaret: der kom intet svar. Kortet kan være læst og fulgt, læst og glemt, eller systemet melder ikke tilbage.",
	ReadSuppressed:    "Ikke vist: en regel talte, og kortet blev ikke sendt. Kort, der veg for et akut kort eller for tre andre, tælles ikke.",
	ReadMedian:        "Tid til svar: medianen, fra kortet blev sendt, til lægen svarede, efter klienternes ure. Går et ur forkert, kan den blive negativ.",
	ReadRate:          "Andel tilsidesat: tilsidesatte kort ud af dem, der fik et svar. Ubesvarede kort er ikke med.",
	ReadSmall:         "Små tal svinger: en enkelt dag kan flytte en regel med få svar langt.",
	Thousands:         ".", Percent: "\u00a0%", DateLayout: "2. MONTH 2006", ShortLayout: "2.1.", YearLayout: "2.1.06",
	Second: "s", Minute: "min", Hour: "t", Days: "d", LessThanSecond: "under 1\u00a0s",
	Months: [12]string{"januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober", "november", "december"},
}

var englishReport = reportWords{
	Title: "What GPs did with the cards", Rules: "The rules", Other: "På dansk", OtherCode: "da",
	Intro:     "Rygkort counts the cards that it sent, and the answers that record systems report back.",
	Warning:   "The figures say what GPs answered. They do not say whether a card was right, and nothing in them is about one patient.",
	Sent:      "Cards sent from %s to %s (%s).",
	Empty:     "No card was sent or held back in this period, so there is nothing to show.",
	NoneShown: "No card was shown in this period. %s were decided and not shown.",

	Totals: "In all",
	Shown:  "Shown", Accepted: "Accepted", Overridden: "Overridden", Unanswered: "Not answered", Suppressed: "Not shown",
	MedianTime: "Time to answer", DismissalRate: "Dismissal rate", Taken: "What was taken", Reasons: "Why cards were overridden", WhyNot: "Why cards were not shown",
	NoReason: "No reason given", None: "none", NotKnown: "–", NoRule: "(no rule)",
	OverTime: "Over time", Day: "Day", Week: "Week from Monday",
	DayDesc:  "Columns, one for each day from %s to %s. Most cards on a day: %s. The figures are in the table below.",
	WeekDesc: "Columns, one for each week from %s to %s. Most cards in a week: %s. The figures are in the table below.",
	OnlyDays: "Days and weeks without cards are not in the table.", Hint: "%s: shown %s, accepted %s, overridden %s, not answered %s",
	TimeTable: "The figures over time", PerRule: "Rule by rule",
	RuleDesc: "Horizontal bars, one for each rule, the most shown first. The figures are in the table below.",
	Rule:     "Rule", RuleTable: "The figures rule by rule", BarMeans: "Behind each bar: shown · overridden/answered (dismissal rate).",
	Often: "often overridden", OftenTitle: "Rules that are often overridden",
	OftenNone:  "No rule reaches the threshold.",
	OftenItem:  "%s of %s answers overrode the card (%s)",
	OftenMeans: "The mark ▲ is set where at least %s of the answers overrode the rule’s cards and there are at least %s answers. It is a reason to look at the rule, not a verdict on it. Cards without suggestions cannot be accepted, so their rate is always 100%%.",
	Restraint:  "overridden before at the same contact", Silent: "the rule is silent", Shadow: "the service ran in shadow",

	Apart: "Answers that belong to no card", ApartSince: "Counted from %s. An answer that is sent again counts again.",
	Unknown: "Unknown card", OtherService: "Another service’s card", OtherClient: "Another client’s card", Late: "The card is deleted", UnSuggestion: "Unknown suggestion",
	UnknownMeans:      "Rygkort sent no card with this id. The client reports a wrong id, or the card was lost before it was written down.",
	OtherServiceMeans: "The card came from another of Rygkort’s services than the one that got the answer. The client sends answers to the wrong address.",
	OtherClientMeans:  "The card was sent to another client than the one that answered. Look into it: no client knows another’s cards.",
	LateMeans:         "The card had been deleted for its age when the answer came.",
	UnSuggestionMeans: "The card is known and did not have the suggestion that is said to be taken. The answer itself is counted above.",
	Reading:           "How to read the figures",
	ReadShown:         "Shown: cards that were sent to the record system. Whether the GP saw them, Rygkort does not know. A card counts under the rule that leads it.",
	ReadAnswered:      "Accepted and overridden: what the record system reported back. Of several answers to one card the latest counts. Several suggestions of one accepted card can be taken.",
	ReadUnanswered:    "Not answered: nothing came back. The card may have been read and followed, read and forgotten, or the system does not report.",
	ReadSuppressed:    "Not shown: a rule spoke, and the card was not sent. Cards that gave way to an acute one, or to three others, are not counted.",
	ReadMedian:        "Time to answer: the median, from when the card was sent to when the GP answered, by the clients’ clocks. With a clock that is wrong it can be negative.",
	ReadRate:          "Dismissal rate: overridden cards out of those that were answered. Cards without an answer are left out.",
	ReadSmall:         "Small numbers swing: a single day can move a rule with few answers far.",
	Thousands:         ",", Percent: "%", DateLayout: "2 MONTH 2006", ShortLayout: "2 Jan", YearLayout: "2 Jan 06",
	Second: "s", Minute: "min", Hour: "h", Days: "d", LessThanSecond: "under 1\u00a0s",
	Months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}
