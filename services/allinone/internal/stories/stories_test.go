package stories

import (
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"
)

// The decision table of the code of practice: stories of who did what when,
// and what verdict, rate, margin and reward came of it.
func TestConduct_TheCodeOfPracticeDecidesAsItsStoriesTell(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no stories: %v", err)
	}
	for _, path := range files {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, story := range archive.Files {
			t.Run(story.Name, func(t *testing.T) {
				Play(t, shared.System(t), shared.Clock(), string(story.Data))
			})
		}
	}
}
