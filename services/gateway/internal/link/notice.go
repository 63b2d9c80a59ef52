package link

import (
	"net/http"

	"github.com/holdfast-channel/holdfast/services/gateway/internal/problem"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Notice is a page without a form: a heading and plain sentences.
type Notice struct {
	Title     string
	Sentences []string
}

// Say returns a notice.
func Say(title string, sentences ...string) Notice { return Notice{title, sentences} }

var later = Say("This page is not available just now",
	"Please open the link from your mail again in a few minutes.",
	"If you have answered already, you will see whether your answer has arrived; answering twice does no harm.",
)

// Meaning returns what a refusal means to a person, of the known ones by reason,
// with its status, and tells the log. It is otherwise for one that is not known,
// and that the page is away for a failure.
func Meaning(w http.ResponseWriter, err error, known map[fault.Reason]Notice, otherwise Notice) (status int, n Notice) {
	Note(w, err)
	d := problem.Of(err)
	if d.Status >= http.StatusInternalServerError {
		w.Header().Set("Retry-After", "60")
		return d.Status, later
	}
	if n, ok := known[fault.Reason(d.Reason)]; ok {
		return d.Status, n
	}
	return d.Status, otherwise
}

// Note tells the log why a request was refused.
func Note(w http.ResponseWriter, err error) {
	if n, ok := w.(problem.Noter); ok {
		n.Note(fault.Reason(problem.Of(err).Reason), err)
	}
}
