package reports

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/holdfast-channel/holdfast/services/customer/internal/scores"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Document is what a report says. Its JSON is what is frozen.
type Document struct {
	Month       calendar.Date `json:"month"`
	Revision    int           `json:"revision"`
	PublishTime time.Time     `json:"publishTime,omitzero"`
	Policy      scores.Policy `json:"policy"`
	Customers   Section       `json:"customers"`
	Partners    Section       `json:"partners"`
	Staff       Section       `json:"staff"`
	// Highs and Lows are keys of the customers' touchpoints, the highest and the
	// lowest first.
	Highs []string `json:"highs"`
	Lows  []string `json:"lows"`
	Trend []Point  `json:"trend"`
}

// Section is what an audience said.
type Section struct {
	Overall Row     `json:"overall"`
	Tables  []Table `json:"tables"`
}

// Table are the figures by one dimension.
type Table struct {
	By   Dimension `json:"by"`
	Rows []Row     `json:"rows"`
}

// Row are the figures of one crowd.
type Row struct {
	Key  string `json:"key"`
	Name string `json:"name"`
	scores.Scores
	// Against the month before, where both are shown.
	CXiChange *int `json:"cxiChange"`
	NPSChange *int `json:"npsChange"`
}

// Point is a month of the trend.
type Point struct {
	Month calendar.Date    `json:"month"`
	CXi   scores.Figure    `json:"cxi"`
	NPS   scores.Promotion `json:"nps"`
}

// trendMonths is how far back the trend goes, this month included.
const trendMonths = 13

// JSON is the document in its one form.
func (d Document) JSON() ([]byte, error) { return canonical(d) }

// Read reads a document that JSON wrote.
func Read(text []byte) (d Document, err error) { return d, json.Unmarshal(text, &d) }

// canonical writes fields in their order, without space, and names as they are.
func canonical(v any) ([]byte, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}

// table is the section's table by a dimension.
func (s Section) table(by Dimension) Table {
	for _, t := range s.Tables {
		if t.By == by {
			return t
		}
	}
	return Table{}
}

// row is the table's row of a key, or one that shows nothing.
func (t Table) row(key string) Row {
	for _, r := range t.Rows {
		if r.Key == key {
			return r
		}
	}
	return Row{}
}

// Touchpoint is the row of a customers' touchpoint.
func (d Document) Touchpoint(key string) Row { return d.Customers.table(ByTouchpoint).row(key) }

// PartnerTable is what a partner is shown of a month.
type PartnerTable struct {
	Partner     string        `json:"partnerId"`
	Month       calendar.Date `json:"month"`
	Revision    int           `json:"revision"`
	PublishTime time.Time     `json:"publishTime"`
	Policy      scores.Policy `json:"policy"`
	Overall     Row           `json:"overall"`
	Rows        []Row         `json:"rows"`
}

// JSON is the table in its one form.
func (t PartnerTable) JSON() ([]byte, error) { return canonical(t) }

// ReadPartnerTable reads a table that JSON wrote.
func ReadPartnerTable(text []byte) (t PartnerTable, err error) { return t, json.Unmarshal(text, &t) }
