package app

import (
	"fmt"
	"strings"

	"github.com/holdfast-channel/holdfast/services/customer/internal/reports"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// File is what somebody downloads.
type File struct {
	Name    string
	Type    string
	Content []byte
}

const csvType = "text/csv; charset=utf-8; header=present"

// mediaTypes are the types of a report's files.
var mediaTypes = map[reports.Format]string{
	reports.JSON: "application/json", reports.CSV: csvType, reports.HTML: "text/html; charset=utf-8",
}

// reportFile names a file of a report, without its content.
func reportFile(r reports.Report, format reports.Format) File {
	state := fmt.Sprintf("r%d", r.Number)
	if r.State == reports.Draft {
		state += "-draft"
	}
	name := fmt.Sprintf("customer-experience-%s-%s.%s", monthText(r.Month), state, strings.ToLower(string(format)))
	return File{Name: name, Type: mediaTypes[format]}
}

// monthText is a month as YYYY-MM.
func monthText(d calendar.Date) string { return d.String()[:len("2006-01")] }
