package stories

import (
	"fmt"
	"strings"

	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// A Line is a deed on a day, or what holds after it.
type Line struct {
	Number  int
	On      calendar.Date // of a deed
	Text    string
	Refused string // the reason that the deed must be refused with, or several with | between
}

// Holds reports whether the line says what holds rather than what is done.
func (l Line) Holds() bool { return l.On.IsZero() }

// Read reads the lines of a story. Empty lines and comments, which begin with
// #, are left out.
func Read(text string) ([]Line, error) {
	var lines []Line
	number := 0
	for row := range strings.Lines(text) {
		number++
		row = strings.TrimSpace(row)
		if row == "" || strings.HasPrefix(row, "#") {
			continue
		}
		line := Line{Number: number}
		if held, ok := strings.CutPrefix(row, "= "); ok {
			line.Text = held
			lines = append(lines, line)
			continue
		}
		day, deed, _ := strings.Cut(row, " ")
		on, err := calendar.ParseDate(day)
		if err != nil {
			return nil, fmt.Errorf("line %d: %q begins neither with a date nor with =", number, row)
		}
		deed, refused, _ := strings.Cut(deed, " -> ")
		line.On, line.Text, line.Refused = on, strings.TrimSpace(deed), strings.TrimSpace(refused)
		lines = append(lines, line)
	}
	return lines, nil
}
