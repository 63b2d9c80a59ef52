package reports

// Format is what a report can be a file of.
type Format string

// The formats.
const (
	JSON Format = "JSON"
	CSV  Format = "CSV"
	HTML Format = "HTML"
)

// Files are the document in every format.
func (d Document) Files() (map[Format][]byte, error) {
	files := map[Format][]byte{}
	for format, write := range map[Format]func() ([]byte, error){JSON: d.JSON, CSV: d.CSV, HTML: d.Page} {
		content, err := write()
		if err != nil {
			return nil, err
		}
		files[format] = content
	}
	return files, nil
}

// File returns the document in one format.
func (d Document) File(format Format) ([]byte, error) {
	files, err := d.Files()
	return files[format], err
}
