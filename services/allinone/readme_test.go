package allinone_test

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
	"github.com/holdfast-channel/holdfast/services/allinone/internal/journey"
)

// TestReadme_EveryCommandAnswersWhatTheTextShowsAndTheNextStartHasTheData walks
// the README's journey on a Holdfast of its own, as a newcomer does, stops it,
// and finds everything again.
func TestReadme_EveryCommandAnswersWhatTheTextShowsAndTheNextStartHasTheData(t *testing.T) {
	data := dataFolder(t)
	first, err := e2e.Start(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	walkReadme(t, first)
	if err := first.Stop(); err != nil {
		t.Fatalf("the first run: %v", err)
	}

	second, err := e2e.Start(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first.Credentials, second.Credentials); diff != "" {
		t.Errorf("the second run has other credentials: %s", diff)
	}
	var submissions commissionv1.ListSubmissionsResponse
	second.Get(t, second.Partner("softcat"), "/v1/submissions", &submissions)
	if len(submissions.Submissions) != 1 {
		t.Fatalf("%d submissions, want that of the journey", len(submissions.Submissions))
	}
	checkMargin(t, submissions.Submissions[0].Calculation)
	checkBooked(t, second, submissions.Submissions[0])
	if err := second.Stop(); err != nil {
		t.Errorf("the second run: %v", err)
	}
}

// walkReadme runs the commands of the README's journey in a copy of the
// repository's folder, made of links, where .holdfast is the data of the
// running server.
func walkReadme(t *testing.T, s *e2e.System) {
	t.Helper()
	folder := repository(t)
	if err := os.Symlink(filepath.Dir(s.EnvFile), filepath.Join(folder, ".holdfast")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	steps := journey.Read(string(text), journey.Heading)
	if len(steps) < 5 {
		t.Fatalf("the README's section %q has %d commands", journey.Heading, len(steps))
	}
	shell, err := journey.Start(t.Context(), folder, append(os.Environ(), "GOFLAGS="+raceFlag()))
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for _, step := range steps {
		printed, err := shell.Run(step.Command)
		if err != nil {
			t.Fatal(err)
		}
		if step.Answer == "" {
			continue
		}
		shown++
		for _, difference := range journey.Compare(step.Answer, printed) {
			t.Errorf("%s\n%s", step.Command, difference)
		}
	}
	if shown < 3 {
		t.Errorf("the journey shows %d answers", shown)
	}
	if err := shell.Close(); err != nil {
		t.Error(err)
	}
}

// repository makes a folder with a link to everything in the repository's, so
// that what the commands write lands nowhere near it.
func repository(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for _, entry := range entries {
		if slices.Contains([]string{".git", ".build", ".holdfast"}, entry.Name()) {
			continue
		}
		if err := os.Symlink(filepath.Join(root, entry.Name()), filepath.Join(folder, entry.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// dataFolder is a folder that the database's own user may pass through.
func dataFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "holdfast-data")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) }) // a leftover in the folder for temporary files
	if err := os.Chmod(folder, 0o711); err != nil {
		t.Fatal(err)
	}
	return folder
}

// raceFlag is the flag of this test's own build: what the README's commands
// build comes out of the same cache.
func raceFlag() string {
	info, _ := debug.ReadBuildInfo()
	for _, setting := range info.Settings {
		if setting.Key == "-race" && setting.Value == "true" {
			return "-race"
		}
	}
	return ""
}
