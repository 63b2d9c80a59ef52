package matching

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// ErrFileInvalid is returned for a file that can't be read. It lists the first
// mistakes, each with the line of the file as content[LINE].COLUMN.
var ErrFileInvalid = fault.New("FILE_INVALID", "the file can't be read")

// MostRows is how many rows a file may have.
const MostRows = 20_000

// mostMistakes is how many mistakes are listed. They travel in the headers of an
// answer, which clients bound.
const mostMistakes = 20

// File is a partner's file as it was read.
type File struct {
	Rows    []Row
	Ignored []string // columns that mean nothing here
}

// Read reads a file of comma-separated values in a currency: UTF-8 with or without
// a byte order mark, cells divided by commas, semicolons or tabs, and a header
// that names the columns in any order. It returns ErrFileInvalid, which lists what
// is wrong with each line.
func Read(content string, currency money.Currency) (File, error) {
	r := reader{currency: currency, sum: money.Amount{Currency: currency}}
	content = strings.TrimPrefix(content, "\ufeff")
	if at := strings.IndexByte(content, 0); at >= 0 {
		r.mistake(mistake{line: 1 + strings.Count(content[:at], "\n"), what: errShape.Because("it holds the character NUL; save the file as text in UTF-8")})
		return File{}, r.refusal()
	}
	records := recordsOf(content, delimiterOf(content))
	if r.header(records); len(r.mistakes) == 0 {
		r.rows(records)
	}
	if len(r.mistakes) > 0 {
		return File{}, r.refusal()
	}
	return r.file, nil
}

func recordsOf(content string, delimiter rune) *csv.Reader {
	records := csv.NewReader(strings.NewReader(content))
	records.Comma, records.FieldsPerRecord, records.ReuseRecord = delimiter, -1, true
	records.TrimLeadingSpace = delimiter != '\t'
	return records
}

// delimiters are those that are recognised.
var delimiters = [...]rune{',', ';', '\t'}

// delimiterOf is the one by which the header has the most columns that are known.
func delimiterOf(content string) rune {
	best, most := delimiters[0], 0
	for _, delimiter := range delimiters {
		cells, _ := recordsOf(content, delimiter).Read() // what is wrong with it is found again
		known := 0
		for _, cell := range cells {
			if _, ok := columnOf(cell); ok {
				known++
			}
		}
		if known > most {
			best, most = delimiter, known
		}
	}
	return best
}

// reader is a reading under way.
type reader struct {
	currency money.Currency
	columns  []meaning // of each cell; what is ignored has none
	titles   []string  // as the file has them
	file     File
	sum      money.Amount // of the magnitudes
	mistakes []mistake
	count    int
}

// mistake is what is wrong with a line, or with one cell of it.
type mistake struct {
	line   int
	column column
	title  string
	what   *fault.Error
}

func (r *reader) mistake(m mistake) {
	if r.count++; len(r.mistakes) < mostMistakes {
		r.mistakes = append(r.mistakes, m)
	}
}

// refusal lists the mistakes.
func (r *reader) refusal() error {
	parts := make([]*fault.Error, len(r.mistakes))
	for i, m := range r.mistakes {
		parts[i] = m.refusal()
	}
	message := parts[0].Message
	if r.count > 1 {
		message = fmt.Sprintf("%s (and %d more mistakes)", message, r.count-1)
	}
	return ErrFileInvalid.Because(message, "mistake_count", fmt.Sprint(r.count)).Listing(parts...)
}

func (m mistake) refusal() *fault.Error {
	field, where := "content", "the file"
	if m.line > 0 {
		field, where = fmt.Sprintf("content[%d]", m.line), fmt.Sprintf("line %d", m.line)
	}
	if m.column != "" {
		field, where = field+"."+string(m.column), fmt.Sprintf("%s, column %.40q", where, m.title)
	}
	return m.what.Because(where + ": " + m.what.Message).On(field)
}

// rows reads what follows the header.
func (r *reader) rows(records *csv.Reader) {
	for {
		cells, err := records.Read()
		var broken *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return
		case errors.As(err, &broken):
			r.mistake(quotation(broken))
			continue
		}
		line, _ := records.FieldPos(0)
		if blank(cells) {
			continue
		}
		if len(r.file.Rows) == MostRows {
			r.mistake(mistake{line: line, what: errShape.Because(fmt.Sprintf("the file has more than %d rows, which is the most that can be reconciled at once", MostRows))})
			return
		}
		r.row(line, cells)
	}
}

// quotation is the only mistake that CSV itself can have.
func quotation(broken *csv.ParseError) mistake {
	return mistake{line: broken.Line, what: errShape.Because(fmt.Sprintf(
		"a quotation mark at character %d is not closed, or stands within a cell; put the cell in quotation marks and write two for one", broken.Column))}
}

func blank(cells []string) bool {
	return strings.TrimSpace(strings.Join(cells, "")) == ""
}
