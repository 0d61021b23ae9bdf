package cards

// danishRules are the Danish texts rule by rule: what to do, and why. The
// numbers in them are the leaflet's own.
var danishRules = map[string]wording{
	"R-A1": {
		"Mistanke om cauda equina syndrom – akut indlæggelse",
		"Påvirkning af lukkemuskulatur, der er ny, forværret eller udateret, og ændret følesans i sadelområdet læses som mistanke.",
	},
	"R-A2": {
		"Progredierende parese/paralyse – akut indlæggelse",
		"Enhver forværring af kraften i dette forløb og enhver paralyse i benet tæller, uanset kontaktnummer.",
	},
	"R-A3": {
		"Intraktable smerter – akut indlæggelse",
		"Lægen har registreret, at smerterne er intraktable.",
	},
	"R-A4": {
		"Svær kraftnedsættelse, udvikling ukendt – vurdér akut",
		"Svær eller ikke gradueret kraftnedsættelse, udvikling ukendt: den læses som progredierende, indtil kraften er vurderet. Mål og registrér kraften (0–5) i begge ben nu.",
	},
	"R-S1": {
		"Svær, stabil kraftnedsættelse – henvis til sekundærsektor",
		"Kraften er svært nedsat, målt mindst to gange i forløbet og ikke faldende. Henvis snarest; falder kraften, er det akut indlæggelse.",
	},
	"R-S2": {
		"Kodet uden nerverodspåvirkning, men fund taler imod",
		"Tag stilling til, om der er nerverodspåvirkning: svaret afgør, hvilken side af pixibogen der gælder.",
	},
	"R-S3": {
		"Mistanke om alvorlig patologi – planlagt MR-kriterium gælder ikke",
		"Pixibogens planlagte forløb og MR-kriterier er ikke skrevet til dette: den vej er for langsom. Handl på mistanken; billeddiagnostik frarådes ikke.",
	},
	"R-S4": {
		"Lukkemuskulatur eller sadelområde påvirket, cauda equina afkræftet – henvis til sekundærsektor",
		"Fundet står ved magt, efter at cauda equina er overvejet og afkræftet. Henvis snarest; nye eller forværrede symptomer er igen mistanke om cauda equina syndrom.",
	},
	"R-Q0": {
		"Journalen kunne ikke læses helt – alarmsymptomer er ukendte",
		"Diagnoser eller observationer kunne ikke læses. Vurdér alarmsymptomer klinisk, og slå selv op i journalen.",
	},
	"R-Q1": {
		"Alarmsymptomer er ikke registreret ved denne kontakt",
		"Spørg, og registrér svarene; hvert svar er ét klik.",
	},
	"R-Q2": {
		"Ældre symptom fra blære eller tarm – har det ændret sig?",
		"Symptomet er ældre end rygforløbet, og ingen har skrevet, om det har ændret sig. Spørg: forværret læses det som mistanke om cauda equina syndrom.",
	},
	"R-Q3": {
		"Nerverodspåvirkning er ikke angivet",
		"Pixibogen har en side med og en side uden nerverodspåvirkning. Ingen af dem forudsættes; svaret afgør, hvilken der gælder.",
	},
	"R-Q4": {
		"Gule flag er ikke vurderet",
		"Fra 3. kontakt handler pixibogen på gule flag. Vurdér dem, og registrér svaret; ikke vurderet betyder ikke fraværende.",
	},
	"R-P1": {
		"1. kontakt: udvidet anamnese, klinisk undersøgelse og patientinformation",
		"Første kontakt på pixibogens side uden nerverodspåvirkning. 2. kontakt er efter behov.",
	},
	"R-P2": {
		"1. kontakt med nerverodspåvirkning: udred, informér og aftal opfølgning",
		"Udvidet anamnese, klinisk undersøgelse og patientinformation. 2. kontakt er en planlagt opfølgning, så aftal den nu.",
	},
	"R-P3": {
		"2. kontakt: revurdér, informér og vurdér gule flag",
		"Vurderingen af gule flag afgør, hvad pixibogen foreslår senere. Registrér svaret.",
	},
	"R-P4": {
		"Gule flag – henvis til sekundærsektor",
		"Pixibogen henviser ved gule flag fra 3. kontakt. Brug dynamisk henvisning.",
	},
	"R-P5": {
		"3. kontakt eller senere: udredning hos fysioterapeut/kiropraktor eller kommunal indsats er mulig",
		"Det er muligheder, ikke krav. Har patienten gule flag, henviser pixibogen i stedet til sekundærsektor.",
	},
	"R-P6": {
		"Ingen klar bedring – sekundærsektor og MR-scanning",
		"Lægen har registreret, at der ikke er sket klar bedring. Brug dynamisk henvisning.",
	},
	"R-P7": {
		"Ingen klar bedring – sekundærsektor og MR-scanning",
		"Lægen har registreret, at der ikke er sket klar bedring, og nerveroden er påvirket. Brug dynamisk henvisning; fra 4. kontakt kan en praktiserende speciallæge træde i stedet.",
	},
	"R-P8": {
		"Er der sket klar bedring? Svaret afgør næste skridt",
		"Ved denne kontakt afgør lægens vurdering, om pixibogen henviser til sekundærsektor og MR-scanning. En score alene afgør det ikke.",
	},
	"R-P9": {
		"Udvidet udredning eller prolapsforløbspakke hos fysioterapeut/kiropraktor er mulig",
		"Med nerverodspåvirkning er det en mulighed ved siden af opfølgningen.",
	},
	"R-P10": {
		"5. kontakt eller senere: behandling og egenindsats i primærsektoren",
		"Henvisning til fysioterapeut eller kiropraktor er en mulighed.",
	},
	"R-P11": {
		"MR-kriterierne er dokumenteret opfyldt – MR-scanning kan tilbydes",
		"Behandling og træning er afprøvet uden effekt, og hvert kriterium er besvaret. Pixibogen siger kan, ikke skal.",
	},
	"R-P12": {
		"Gule flag er til stede – skriv dem i en eventuel henvisning",
		"På siden med nerverodspåvirkning vurderes gule flag, men pixibogen angiver ingen handling på dem alene.",
	},
	"R-O1": {
		"Second opinion fra rygvisitation er mulig – ikke til akutte tilfælde",
		"Send en korrespondancemeddelelse til rygvisitation. Den er ikke til akutte tilfælde.",
	},
	"R-I1": {
		"Patientinformation ved lænderygsmerter",
		"Pixibogens punkter til samtalen med patienten.",
	},
	"R-X1": {
		"Uden for det, som pixibogen beskriver",
		"De akutte kriterier gælder fortsat; resten af pixibogen er ikke skrevet til dette.",
	},
	"R-E1": {
		"Ikke fra pixibogen: er der mistanke om alvorlig patologi?",
		"Journalen rummer en diagnose, der kan ligge bag rygsmerter, og ingen har skrevet, om der er mistanke. Tag stilling, og registrér svaret.",
	},
	"R-E2": {
		"Ikke fra pixibogen: STarT Back viser høj risiko – vurdér gule flag",
		"Gule flag er ikke vurderet i dette forløb. Risikogruppen afgør dem ikke.",
	},
	"R-E3": {
		"Ikke fra pixibogen: høj smertescore – er smerterne intraktable?",
		"Intraktable smerter er et kriterium for akut indlæggelse, og det er lægens vurdering, ikke tallet, der afgør det.",
	},
	"O-A": {
		"Akutte kriterier er til stede – planlagt henvisning er for langsom",
		"Billeddiagnostik frarådes ikke. Din kladde er ikke ændret.",
	},
	"O-M1": {
		"Forværring eller mistanke om alvorlig patologi – planlagt MR er for langsom",
		"MR-kriterierne er skrevet til et planlagt forløb og passer ikke her. Eskalér: henvis hurtigere, eller ring til afdelingen. MR frarådes ikke, og din kladde er ikke ændret.",
	},
	"O-M2": {
		"MR-kriteriet (4–6 ugers behandling og træning uden effekt) er ikke dokumenteret opfyldt",
		"Er behandling og træning afprøvet uden at stå i journalen, så registrér det. Det er ikke et nej til MR.",
	},
	"O-M3": {
		"MR-kriterierne kan ikke vurderes – data mangler",
		"Svarene herunder mangler. Det er ikke et nej til MR, og ikke registreret betyder ikke fraværende.",
	},
	"O-M4": {
		"MR-kriterierne er dokumenteret opfyldt",
		"Bestillingen passer med pixibogens MR-boks.",
	},
	"O-M5": {
		"Pixibogen kobler MR-scanning med henvisning til sekundærsektor",
		"Lægen har registreret, at der ikke er sket klar bedring, og der kendes ingen åben henvisning. Brug dynamisk henvisning.",
	},
	"O-M6": {
		"Med nerverodspåvirkning står MR ved 3. kontakt, hvis der ikke er sket klar bedring",
		"Bestillingen ligger før det trin. Det er ikke et nej til MR; 4–6-ugers-kriteriet findes kun på siden uden nerverodspåvirkning.",
	},
	"O-M7": {
		"Nerverodspåvirkning er ikke angivet ved MR-bestillingen",
		"Svaret afgør, hvilken side af pixibogen der gælder for MR. Ingen af dem forudsættes.",
	},
	"O-M8": {
		"MR-scanning af lænden er allerede bestilt eller udført i forløbet",
		"Kun bestillinger er læst; billeder og svar kendes ikke her.",
	},
	"O-X2": {
		"Alarmsymptomer er ikke registreret før billeddiagnostik",
		"Spørg, og registrér svarene; hvert svar er ét klik.",
	},
	"O-P1": {
		"Passer med pixibogen – udvidet udredning eller prolapsforløbspakke er også mulig",
		"Med nerverodspåvirkning nævner pixibogen begge dele hos fysioterapeut eller kiropraktor.",
	},
	"O-P2": {
		"Alarmsymptomer er ikke registreret før henvisningen",
		"Spørg, og registrér svarene; hvert svar er ét klik.",
	},
	"O-R1": {
		"Henvisningen ligger før pixibogens trin – second opinion er mulig",
		"Pixibogen henviser til sekundærsektor ved et senere trin, hvis der ikke er sket klar bedring. Henvisningen er fortsat dit skøn.",
	},
	"O-R2": {
		"Henvisningen passer med pixibogens trin – brug dynamisk henvisning",
		"Trinnet er nået.",
	},
	"O-C1": {
		"Korrespondancemeddelelse må ikke bruges til akutte tilfælde",
		"Beskeden er ikke beregnet til det, der haster. Din kladde er ikke ændret.",
	},
	"O-S1": {
		"Ikke fra pixibogen: pacemaker er registreret – afklar MR-sikkerheden",
		"Afklar MR-sikkerheden med radiologisk afdeling. Din kladde er ikke ændret.",
	},
	"O-S2": {
		"Ikke fra pixibogen: graviditet er registreret – afklar billeddiagnostikken",
		"Afklar undersøgelsen med radiologisk afdeling. Din kladde er ikke ændret.",
	},
	"O-X1": {
		"Ikke fra pixibogen: røntgen eller CT af lænden anbefales ikke rutinemæssigt",
		"Det gælder, hvor der ikke er mistanke om alvorlig patologi. Pixibogen nævner kun MR; din kladde er ikke ændret.",
	},
	"O-D1": {
		"Ikke fra pixibogen: opioid ved akutte lændesmerter kun efter nøje overvejelse",
		"Den nationale anbefaling fra september 2025 siger opioid kun efter nøje overvejelse; hold patienten aktiv.",
	},
	"O-D2": {
		"Ikke fra pixibogen: er smerterne intraktable? Det er kriterium for akut indlæggelse",
		"Opioid er ved at blive ordineret mod rygsmerter, og ingen har skrevet, om smerterne er intraktable. Registrér svaret.",
	},
}
