package finance

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/seal"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
)

const (
	// verifyPage is how many entries are in memory at once.
	verifyPage = 2000
	// sealPage is how many seals, or snapshots, are.
	sealPage = 1000
)

// errInterrupted is returned when the database broke a verification off.
var errInterrupted = errors.New("the verification was interrupted; begin it again")

// KeptSeal is a seal whose digest somebody has kept outside. The zero KeptSeal is
// none.
type KeptSeal struct {
	Number int64
	Digest []byte
}

// errKept is returned for half a seal.
var errKept = rpcerr.RequestInvalid.Because("give number and digest of a seal, or neither; the digest has 64 hexadecimal digits").On("seal_digest")

// ReadKeptSeal reads a seal as people keep it.
func ReadKeptSeal(number int64, digest string) (KeptSeal, error) {
	read, err := hex.DecodeString(digest)
	whole := number > 0 && len(read) == sha256.Size
	if err != nil || !whole && (number != 0 || digest != "") {
		return KeptSeal{}, errKept
	}
	return KeptSeal{number, read}, nil
}

// Verification is what a verification has read and found.
type Verification struct {
	Entries, Seals, Findings int64
	Last                     seal.Seal
}

// Sound reports whether nothing was found.
func (v Verification) Sound() bool { return v.Findings == 0 }

// VerifyLedger reads the ledger from its first entry to its last, as it is at one
// moment, and reports every difference as it is found. It holds a few thousand
// entries in memory, however long the ledger is.
func (a *App) VerifyLedger(ctx context.Context, kept KeptSeal, report func(seal.Finding)) (Verification, error) {
	ctx = pg.WithScope(ctx, pg.System())
	v := &verifying{kept: kept, report: report}
	begun := false
	err := a.store.InReadTx(ctx, func(tx *postgres.Store) error {
		if begun {
			return errInterrupted
		}
		begun, v.tx = true, tx
		return v.all(ctx)
	})
	return v.Verification, err
}

// verifying is a verification under way.
type verifying struct {
	Verification
	tx     *postgres.Store
	kept   KeptSeal
	report func(seal.Finding)
}

func (v *verifying) find(f seal.Finding) {
	v.Findings++
	v.report(f)
}

func (v *verifying) all(ctx context.Context) error {
	for _, pass := range []func(context.Context) error{
		v.chain, v.keptOutside, v.feed, v.strays, v.orphans, v.byHand, v.unfounded, v.accruals, v.statements, v.snapshots,
	} {
		if err := pass(ctx); err != nil {
			return err
		}
	}
	return nil
}

// chain goes through positions and seals.
func (v *verifying) chain(ctx context.Context) error {
	walk := seal.NewWalk(v.seals(ctx), v.find)
	for after := int64(0); ; {
		page, err := v.tx.Positions(ctx, after, verifyPage)
		if err != nil {
			return err
		}
		for _, found := range page {
			if err := walk.Pass(found); err != nil {
				return err
			}
			after = found.Position
		}
		if len(page) < verifyPage {
			break
		}
	}
	err := walk.End()
	v.Entries, v.Seals, v.Last = walk.Entries, walk.Seals, walk.Last
	return err
}

// seals returns the seals one after the other.
func (v *verifying) seals(ctx context.Context) func() (seal.Seal, bool, error) {
	var page []seal.Seal
	after, more := int64(0), true
	return func() (seal.Seal, bool, error) {
		if len(page) == 0 && more {
			var err error
			if page, err = v.tx.SealsAfter(ctx, after, sealPage); err != nil {
				return seal.Seal{}, false, err
			}
			more = len(page) == sealPage
		}
		if len(page) == 0 {
			return seal.Seal{}, false, nil
		}
		next := page[0]
		page, after = page[1:], next.Number
		return next, true, nil
	}
}

// keptOutside holds the seal that the caller has kept against the one that is
// there.
func (v *verifying) keptOutside(ctx context.Context) error {
	if v.kept.Number == 0 {
		return nil
	}
	page, err := v.tx.SealsAfter(ctx, v.kept.Number-1, 1)
	if err != nil {
		return err
	}
	known := seal.Seal{Number: v.kept.Number}
	var found *seal.Seal
	if len(page) == 1 && page[0].Number == v.kept.Number {
		found, known = &page[0], page[0]
	}
	known.Digest = v.kept.Digest
	if f, wrong := seal.Compare(found, &known, "who asks"); wrong {
		v.find(f)
	}
	return nil
}

// feed holds the seals against what the event feed tells.
func (v *verifying) feed(ctx context.Context) error {
	return v.tx.EachSealTold(ctx, func(found, told *seal.Seal) {
		if f, wrong := seal.Compare(found, told, "the event feed"); wrong {
			v.find(f)
		}
	})
}

// strays looks at the entries that have no position.
func (v *verifying) strays(ctx context.Context) error {
	return v.tx.EachStray(ctx, func(f seal.Found) {
		v.Entries++
		seal.Stray(f, v.Last, v.find)
	})
}

// orphans looks for what is left of entries that are not there.
func (v *verifying) orphans(ctx context.Context) error {
	return v.tx.EachOrphan(ctx, func(entryID, what string) {
		v.find(seal.Finding{Fault: seal.EntryMissing, EntryID: entryID, Detail: fmt.Sprintf("there are %s of the entry, and it is not there", what)})
	})
}

// accruals holds the stored amounts of accruals against their entries.
func (v *verifying) accruals(ctx context.Context) error {
	return v.tx.EachAccrualGap(ctx, func(g postgres.AccrualGap) {
		f := seal.Finding{Fault: seal.BalanceWrong, Subject: g.AccrualID, Detail: fmt.Sprintf(
			"accrual %s says %d accrued, %d payable and %d held, and its entries come to %d, %d and %d, in minor units",
			g.AccrualID, g.Stored.Accrued, g.Stored.Payable, g.Stored.Held, g.Entries.Accrued, g.Entries.Payable, g.Entries.Held)}
		if !g.There {
			f.Detail = fmt.Sprintf("accrual %s is not there, and it has entries", g.AccrualID)
		}
		v.find(f)
	})
}
