package journey

import "testing"

const text = "# T\n\n## Other\n\n```sh\necho no\n```\n\n## Walk\n\nSay:\n\n```sh\nX=1\n```\n\n```sh\necho \"{\\\"a\\\": $X, \\\"id\\\": \\\"sub_01hzzzzzzzzzzzzzzzzzzzzzzz\\\"}\"\n```\n\n```json\n{\"a\": 1, \"id\": \"sub_02aaaaaaaaaaaaaaaaaaaaaaaa\"}\n```\n"

func TestJourney_RunsWhatTheTextSays(t *testing.T) {
	steps := Read(text, "Walk")
	if len(steps) != 2 {
		t.Fatalf("read %d steps, want 2", len(steps))
	}
	shell, err := Start(t.Context(), t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = shell.Close() }()
	for _, step := range steps {
		printed, err := shell.Run(step.Command)
		if err != nil {
			t.Fatal(err)
		}
		if step.Answer != "" {
			if wrong := Compare(step.Answer, printed); wrong != nil {
				t.Error(wrong)
			}
		}
	}
	if _, err := shell.Run("false"); err == nil {
		t.Error("a failing command passed")
	}
}

func TestCompare_MindsWhatDoesNotChange(t *testing.T) {
	shown := `{"margin": "5040.00", "on": "2026-01-01", "list": [1]}`
	for given, same := range map[string]bool{
		`{"margin": "5040.00", "on": "2027-12-31", "list": [1], "more": true}`: true,
		`{"margin": "5040.01", "on": "2027-12-31", "list": [1]}`:               false,
		`{"margin": "5040.00", "on": "", "list": [1]}`:                         false,
		`{"margin": "5040.00", "on": "2026-01-01", "list": []}`:                false,
		`{"on": "2026-01-01", "list": [1]}`:                                    false,
	} {
		if got := Compare(shown, given) == nil; got != same {
			t.Errorf("%s: same %v, want %v", given, got, same)
		}
	}
}
