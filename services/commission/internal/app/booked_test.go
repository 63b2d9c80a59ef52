package app_test

import (
	"context"

	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/records"
)

// booked returns the booked terms of a subscription.
func (w *world) booked(id string) []postgres.BookedTerm {
	w.t.Helper()
	var terms []postgres.BookedTerm
	must(w.t, w.System(func(ctx context.Context, tx *postgres.Store) (err error) {
		terms, err = tx.BookedTerms(ctx, id)
		return err
	}))
	return terms
}

// submissions returns those of a renewal, newest first.
func (w *world) submissions(id string) []records.Submission {
	w.t.Helper()
	list, err := w.App.ListSubmissions(as(anna), app.SubmissionFilter{RenewalID: id}, "", 100)
	must(w.t, err)
	return list
}
