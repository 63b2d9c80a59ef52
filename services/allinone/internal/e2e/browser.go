package e2e

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Browser is a real browser with one tab, of the size of a phone or a desk.
type Browser struct {
	t   testing.TB
	tab context.Context
	axe string
}

// Step is something that is done in a tab.
type Step = chromedp.Action[chromedp.Void]

// OpenBrowser starts Chromium, which ends with the test. Both it and axe-core
// are brought by make.
func OpenBrowser(t testing.TB, width, height int64) *Browser {
	t.Helper()
	axe, err := os.ReadFile(filepath.Join(root(), ".build", "npm", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatalf("axe-core is needed; run make browser: %v", err)
	}
	options := []chromedp.ExecAllocatorOption{chromedp.Headless, chromedp.Flag("disable-dev-shm-usage", true)}
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // it refuses to be root in its sandbox
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	tab, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(closeTab)
	if err := chromedp.Do(tab, chromedp.EmulateViewport(width, height)); err != nil {
		t.Fatalf("Chromium is needed; run make browser: %v", err)
	}
	return &Browser{t: t, tab: tab, axe: string(axe)}
}

// root is the project's folder.
func root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "..", "..")
}

// slowest bounds what is done in a tab at once.
const slowest = time.Minute

// Do takes steps in the tab.
func (b *Browser) Do(steps ...Step) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.tab, slowest)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// Open shows the page of an address.
func (b *Browser) Open(address string) {
	b.t.Helper()
	b.Do(chromedp.Navigate(address))
}

// Follow presses what a selector finds, and waits for the page that comes of it.
func (b *Browser) Follow(selector string) {
	b.t.Helper()
	b.leave(chromedp.Click(chromedp.CSS(selector)))
}

// Press presses keys, and waits for the page that comes of them.
func (b *Browser) Press(keys string) {
	b.t.Helper()
	b.leave(chromedp.KeyEvent(keys))
}

func (b *Browser) leave(step Step) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.tab, slowest)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, step); err != nil {
		b.t.Fatal(err)
	}
}

// Value is what an expression is on the page.
func Value[T any](b *Browser, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.tab, slowest)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatal(err)
	}
	return value
}

// Text is what the page says.
func (b *Browser) Text() string {
	b.t.Helper()
	return Value[string](b, "document.body.innerText")
}

// Screenshot keeps a picture of the page in a file.
func (b *Browser) Screenshot(file string) {
	b.t.Helper()
	picture, err := chromedp.Run(b.tab, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(file, picture, 0o600)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// Print prints the page on a sort of paper, and returns the bytes of the file.
func (b *Browser) Print(paper chromedp.PaperSize) []byte {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.tab, slowest)
	defer cancel()
	file, err := chromedp.Run(ctx, chromedp.PrintToPDF(chromedp.PDFPaper(paper), chromedp.PDFPreferCSSPageSize()))
	if err != nil {
		b.t.Fatal(err)
	}
	return file
}

// CheckAccessible runs axe-core over the page as it is, by the rules of WCAG 2.2
// up to AA and those of good practice, and makes sure that nobody has to scroll
// sideways.
func (b *Browser) CheckAccessible(name string) {
	b.t.Helper()
	b.Do(chromedp.Evaluate[chromedp.Void](b.axe))
	var found struct {
		Checked int
		Wrong   []string
	}
	told := Value[string](b, `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r => JSON.stringify({
		checked: r.passes.length, wrong: r.violations.map(v => v.id + ": " + v.help + ": " + v.nodes.map(n => n.html).join(" "))}))`)
	if err := json.Unmarshal([]byte(told), &found); err != nil {
		b.t.Fatal(err)
	}
	if found.Checked == 0 || len(found.Wrong) > 0 {
		b.t.Errorf("%s, %d rules kept: %s", name, found.Checked, strings.Join(found.Wrong, "\n"))
	}
	if wide := Value[string](b, `document.documentElement.scrollWidth > innerWidth ? document.documentElement.scrollWidth + " of " + innerWidth : ""`); wide != "" {
		b.t.Errorf("%s is wider than the screen: %s", name, wide)
	}
}
