package allinone_test

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/holdfast-channel/holdfast/services/allinone/internal/journey"
)

// TestReadme_EveryCommandAnswersWhatTheTextShows runs the commands of the
// README's journey in a copy of the repository's folder, made of links, where
// .holdfast is the data of the running server.
func TestReadme_EveryCommandAnswersWhatTheTextShows(t *testing.T) {
	s := shared.System(t)
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
