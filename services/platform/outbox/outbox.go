// Package outbox is the way out to people for an installation without mail: a
// file to which each message is appended, a JSON object a line. The messages
// hold tokens and addresses, so nobody but its owner may read it.
package outbox

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"
)

// File is such a file. It is opened for each message, so that somebody may
// move it away.
type File struct {
	mu   sync.Mutex
	name string
}

// New returns the file of a name.
func New(name string) *File { return &File{name: name} }

// Append appends a message.
func (f *File) Append(message any) error {
	line, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("write a message as JSON: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	file, err := os.OpenFile(f.name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the outbox: %w", err)
	}
	if _, err := file.Write(append(line, '\n')); err != nil {
		_ = file.Close() // it says no more than the write did
		return fmt.Errorf("append to the outbox: %w", err)
	}
	return file.Close()
}
