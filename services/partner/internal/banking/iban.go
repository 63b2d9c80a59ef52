package banking

import (
	_ "embed"
	"fmt"
	"strings"
)

// A structure is what follows an IBAN's check digits in a country.
type structure struct {
	length int    // of the whole IBAN
	kinds  string // of each character after the first four
}

// ibanTable has a line for each country of the IBAN registry: its code, and the
// parts of its account identifiers as the registry writes them, each a length
// and a kind: n for digits, a for capitals, c for either.
//
//go:embed ibans.csv
var ibanTable string

var ibans = readStructures(ibanTable)

func readStructures(table string) map[string]structure {
	known := make(map[string]structure, 96)
	for line := range strings.Lines(table) {
		country, parts, _ := strings.Cut(strings.TrimSpace(line), ",")
		var kinds strings.Builder
		count := 0
		for _, c := range parts {
			if c >= '0' && c <= '9' {
				count = 10*count + int(c-'0')
				continue
			}
			kinds.WriteString(strings.Repeat(string(c), count))
			count = 0
		}
		known[country] = structure{length: 4 + kinds.Len(), kinds: kinds.String()}
	}
	return known
}

// checkIBAN returns ErrIBANInvalid unless an IBAN without blanks has the form of
// its country and the check digits that belong to it.
func checkIBAN(iban string) error {
	refuse := func(why string, facts ...string) error { return ErrIBANInvalid.Because(why, facts...).On("iban") }
	if len(iban) < 4 || !is('a', iban[0]) || !is('a', iban[1]) || !is('n', iban[2]) || !is('n', iban[3]) {
		return refuse("an IBAN begins with the two letters of its country and two digits")
	}
	country := iban[:2]
	s, known := ibans[country]
	switch {
	case !known:
		return refuse("there are no IBANs that begin with "+country, "country_code", country)
	case len(iban) != s.length:
		return refuse(fmt.Sprintf("an IBAN of %s has %d characters, not %d", country, s.length, len(iban)), "country_code", country)
	}
	for i, kind := range s.kinds {
		if !is(kind, iban[4+i]) {
			return refuse(fmt.Sprintf("character %d of an IBAN of %s is %s", 5+i, country, kindNames[kind]), "country_code", country)
		}
	}
	if digits := iban[2:4]; digits < "02" || digits > "98" || mod97(iban[4:]+iban[:4]) != 1 {
		return refuse("the check digits do not belong to the rest; a character is wrong", "country_code", country)
	}
	return nil
}

var kindNames = map[rune]string{'n': "a digit", 'a': "a letter", 'c': "a letter or a digit"}

// is reports whether a character is of a kind.
func is(kind rune, c byte) bool {
	digit, letter := c >= '0' && c <= '9', c >= 'A' && c <= 'Z'
	return kind == 'n' && digit || kind == 'a' && letter || kind == 'c' && (digit || letter)
}

// mod97 is what the number leaves that digits and capitals stand for, with A to
// Z for 10 to 35.
func mod97(text string) int {
	rest := 0
	for _, c := range []byte(text) {
		if c >= 'A' {
			rest = (100*rest + int(c-'A') + 10) % 97
		} else {
			rest = (10*rest + int(c-'0')) % 97
		}
	}
	return rest
}
