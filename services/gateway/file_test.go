package gateway

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
)

const export = "/v1/statements/stm_1:export?format=EXPORT_FORMAT_CSV"

func TestGateway_ServesAFileAsItIs(t *testing.T) {
	g := open(t)
	content := "a,b\r\n\"=1+1\",\"\xff\"\r\n"
	g.backend.answer("ExportStatement", func(context.Context, proto.Message) (proto.Message, error) {
		return &typev1.File{FileName: "statement.csv", ContentType: "text/csv; charset=utf-8; header=present", Content: []byte(content)}, nil
	})
	answer := g.do(ask{path: export})
	if answer.StatusCode != http.StatusOK || answer.body != content {
		t.Fatalf("status %d: %q", answer.StatusCode, answer.body)
	}
	for header, want := range map[string]string{
		"Content-Type": "text/csv; charset=utf-8; header=present", "Content-Disposition": "attachment; filename=statement.csv",
		"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
	} {
		if got := answer.Header.Get(header); got != want {
			t.Errorf("%s is %q; want %q", header, got, want)
		}
	}
}

func TestGateway_ServesAFileThatIsLargerThanOtherAnswersMayBe(t *testing.T) {
	g := open(t)
	content := bytes.Repeat([]byte("a line of a statement\r\n"), 1_000_000)
	g.backend.answer("ExportStatement", func(context.Context, proto.Message) (proto.Message, error) {
		return &typev1.File{FileName: "statement.csv", ContentType: "text/csv", Content: content}, nil
	})
	if answer := g.do(ask{path: export}); answer.StatusCode != http.StatusOK || answer.body != string(content) {
		t.Errorf("status %d, %d bytes of %d", answer.StatusCode, len(answer.body), len(content))
	}
}

func TestGateway_LetsAPageThatIsAFileRunNothing(t *testing.T) {
	g := open(t)
	g.backend.answer("ExportStatement", func(context.Context, proto.Message) (proto.Message, error) {
		return &typev1.File{FileName: `a"; x=.html`, ContentType: "text/html; charset=utf-8", Content: []byte("<!doctype html>")}, nil
	})
	answer := g.do(ask{path: export})
	policy := answer.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "sandbox; default-src 'none';") || strings.Contains(policy, "script-src") {
		t.Errorf("the policy is %q", policy)
	}
	if got := answer.Header.Get("Content-Disposition"); got != `attachment; filename="a\"; x=.html"` {
		t.Errorf("the disposition is %q", got)
	}
}

func TestGateway_AnswersARefusedFileWithAProblem(t *testing.T) {
	g := open(t)
	answer := g.do(ask{path: "/v1/statements/stm_1:export"})
	if answer.StatusCode != http.StatusBadRequest || answer.Header.Get("Content-Type") != "application/problem+json" || answer.Header.Get("Content-Disposition") != "" {
		t.Errorf("status %d, %v: %s", answer.StatusCode, answer.Header, answer.body)
	}
}

func TestGateway_ServesAFileOfNoNameAndType(t *testing.T) {
	g := open(t)
	g.backend.answer("ExportStatement", func(context.Context, proto.Message) (proto.Message, error) { return &typev1.File{}, nil })
	answer := g.do(ask{path: export})
	if answer.Header.Get("Content-Type") != "application/octet-stream" || answer.Header.Get("Content-Disposition") != "attachment" || answer.body != "" {
		t.Errorf("%v: %q", answer.Header, answer.body)
	}
}
