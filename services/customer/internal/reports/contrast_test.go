package reports_test

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// TestPage_ColoursOfTextAreReadable holds every colour that text has on the
// page to the contrast of WCAG 2.2 AA on the white of its card, since automated
// checks can't tell what lies behind text in a chart.
func TestPage_ColoursOfTextAreReadable(t *testing.T) {
	style, err := os.ReadFile("page.css")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`--(ink|soft|excellent|good|okay|poor|very-poor|plain|none): (#[0-9a-f]{6})`).FindAllSubmatch(style, -1)
	if len(named) != 9 {
		t.Fatalf("%d colours are named, want 9", len(named))
	}
	colours := map[string]string{}
	for _, n := range named {
		colours[string(n[1])] = string(n[2])
	}
	for _, rule := range []string{"up", "down", "nps-name"} {
		found := regexp.MustCompile(`\.` + rule + ` \{[^}]*fill: (#[0-9a-f]{6})`).FindSubmatch(style)
		if found == nil {
			t.Fatalf("the style has no colour of %s", rule)
		}
		colours[rule] = string(found[1])
	}
	for name, colour := range colours {
		if ratio := contrast(t, colour, "#ffffff"); ratio < 4.5 {
			t.Errorf("%s: %s on white has a contrast of %.2f, want 4.5", name, colour, ratio)
		}
	}
	if ratio := contrast(t, colours["soft"], "#e8ecf1"); ratio < 4.5 {
		t.Errorf("the tag of nothing has a contrast of %.2f, want 4.5", ratio)
	}
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

// luminance is the relative luminance of a colour such as "#14202e".
func luminance(t *testing.T, colour string) (l float64) {
	t.Helper()
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		channel, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(channel) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		l += weight * c
	}
	return l
}
