package partner

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
)

func TestConsentLog_IsALineForEachRequestAndForNobodyElse(t *testing.T) {
	file := filepath.Join(t.TempDir(), "consents.jsonl")
	sender := Config{ConsentLog: file, ConsentURL: "https://partners.example.com/consent/"}.mail().Sender
	request := app.ConsentRequest{
		Time: time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC), To: "bob@example.com", Partner: "CDW", Customer: "Harbour",
		URL: "https://partners.example.com/consent/abc", Token: "abc",
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := sender.SendConsentRequest(t.Context(), request); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	if len(lines) != 8 {
		t.Fatalf("%d lines", len(lines))
	}
	want := map[string]any{
		"time": "2026-03-02T09:00:00Z", "to": "bob@example.com", "partner": "CDW", "customer": "Harbour",
		"url": "https://partners.example.com/consent/abc", "token": "abc",
	}
	for _, line := range lines {
		var got map[string]any
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestConsentLog_SaysWhatKeepsItFromWriting(t *testing.T) {
	sender := Config{ConsentLog: t.TempDir()}.mail().Sender
	if err := sender.SendConsentRequest(t.Context(), app.ConsentRequest{}); err == nil {
		t.Error("a folder can be written to")
	}
	if (Config{}).mail().Sender != nil {
		t.Error("there is a sender without a file")
	}
}
