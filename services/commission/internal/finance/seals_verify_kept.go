package finance

import (
	"bytes"
	"context"
	"fmt"

	"github.com/holdfast-channel/holdfast/services/commission/internal/balance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/ledger"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/seal"
)

// byHand holds the entries that follow from a person's word alone against what
// the feed tells of them.
func (v *verifying) byHand(ctx context.Context) error {
	return v.tx.EachByHand(ctx, func(entryID string, digest []byte, told *ledger.Entry) {
		f := seal.Finding{EntryID: entryID}
		switch {
		case told == nil:
			f.Fault, f.Detail = seal.EntryAdded, "nobody has decided on the entry: neither the event feed nor a dispute knows it"
		case digest == nil:
			f.Fault, f.Detail = seal.EntryMissing, "the event feed knows the entry, and it is not there"
		case !bytes.Equal(told.Digest(), digest):
			f.Fault, f.Detail = seal.EntryChanged, "the event feed knows the entry otherwise"
		default:
			return
		}
		v.find(f)
	})
}

// unfounded looks for entries that nothing gives rise to.
func (v *verifying) unfounded(ctx context.Context) error {
	return v.tx.EachUnfounded(ctx, func(entryID string, kind ledger.Kind) {
		v.find(seal.Finding{Fault: seal.EntryAdded, EntryID: entryID, Detail: fmt.Sprintf("the entry is of kind %s, and nothing gives rise to it", kind)})
	})
}

// statements holds statements against their lines, each other and what was paid.
func (v *verifying) statements(ctx context.Context) error {
	report := func(g postgres.StatementGap) {
		v.find(seal.Finding{Fault: seal.LineWrong, EntryID: g.EntryID, Subject: g.StatementID, Detail: g.Detail})
	}
	for _, each := range []func(context.Context, func(postgres.StatementGap)) error{
		v.tx.EachStatementGap, v.tx.EachPaymentGap, v.tx.EachStrayLine,
	} {
		if err := each(ctx, report); err != nil {
			return err
		}
	}
	return nil
}

// snapshots holds every kept sheet against the entries that it was made of. Where
// one is wrong, the later ones rest on it and are no news.
func (v *verifying) snapshots(ctx context.Context) error {
	var last postgres.Snapshot
	var right, kept balance.Sheet // what the last one should have been, and what it is
	for {
		page, err := v.tx.SnapshotsAfter(ctx, last, sealPage)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, next := range page {
			if next.Owner != last.Owner {
				last, right, kept = postgres.Snapshot{Owner: next.Owner}, balance.Sheet{}, balance.Sheet{}
			}
			news, err := v.tx.SealedAfter(ctx, last, next.Position)
			if err != nil {
				return err
			}
			months, err := v.tx.SnapshotMonths(ctx, next)
			if err != nil {
				return err
			}
			right.Add(news.Changes...)
			kept.Add(news.Changes...)
			where, wrong := balance.Differ(months, right.Months())
			_, alone := balance.Differ(months, kept.Months())
			if wrong && alone {
				v.find(seal.Finding{Fault: seal.BalanceWrong, Subject: next.PartnerID, Detail: fmt.Sprintf(
					"the balance of %s's account %s in %s in the month from %s on, as kept at position %d, is not that of the entries",
					next.PartnerID, where.Account, next.Currency, where.First, next.Position)})
			}
			last, kept = next, balance.Open(months)
		}
	}
}
