package app

import (
	"context"
	"fmt"
	"slices"

	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/partner/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

// CreateAgreement adds an agreement of the partner that it names.
func (a *App) CreateAgreement(ctx context.Context, wanted partners.Agreement) (partners.Agreement, error) {
	var created partners.Agreement
	err := once(ctx, a, &created, func(tx *postgres.Store) error {
		partner, err := tx.PartnerForUpdate(ctx, wanted.PartnerID)
		if err != nil {
			return err
		}
		others, err := tx.AllAgreements(ctx, partner.ID)
		if err != nil {
			return err
		}
		wanted.ID, wanted.CreateTime = partners.AgreementID(ident.New("agr_")), a.instant()
		if created, err = partner.Agree(wanted, others); err != nil {
			return err
		}
		if err := checkAccepted(ctx, tx, code.ID(created.AcceptedCode)); err != nil {
			return err
		}
		if err := tx.InsertAgreement(ctx, created); err != nil {
			return err
		}
		return a.recordAgreement(ctx, tx, "agreement.created", created)
	})
	return created, err
}

// checkAccepted returns code.ErrNotFound or code.ErrStateInvalid unless a
// partner can have accepted this version. None is fine.
func checkAccepted(ctx context.Context, tx *postgres.Store, id code.ID) error {
	const field = "agreement.accepted_code_version_id"
	if id == "" {
		return nil
	}
	version, err := tx.CodeVersion(ctx, id)
	if err != nil {
		return fault.At(field, err)
	}
	if version.State != code.Approved {
		return code.ErrStateInvalid.Because(
			fmt.Sprintf("version %s is %s; only an approved one can be accepted", id, version.State), "state", string(version.State)).On(field)
	}
	return nil
}

// ListAgreements lists a partner's agreements, newest first, or returns
// partners.ErrNotFound.
func (a *App) ListAgreements(ctx context.Context, q partners.AgreementQuery) (found []partners.Agreement, err error) {
	err = a.store.InReadTx(ctx, func(tx *postgres.Store) (err error) {
		if _, err := tx.Partner(ctx, q.Partner); err != nil {
			return err
		}
		found, err = tx.Agreements(ctx, q)
		return err
	})
	return found, err
}

// EndAgreement moves the end of a partner's agreement.
func (a *App) EndAgreement(ctx context.Context, partner partners.ID, t Target[partners.AgreementID], until calendar.Date) (partners.Agreement, error) {
	var ended partners.Agreement
	err := once(ctx, a, &ended, func(tx *postgres.Store) error {
		if _, err := tx.PartnerForUpdate(ctx, partner); err != nil {
			return err
		}
		all, err := tx.AllAgreements(ctx, partner)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(one partners.Agreement) bool { return one.ID == t.ID })
		if i < 0 {
			return partners.ErrAgreementNotFound
		}
		if err := all[i].Revision.Check(t.Etag); err != nil {
			return err
		}
		if ended, err = all[i].End(partners.Ending{Until: until, Today: a.today()}, all); err != nil {
			return err
		}
		if err := tx.EndAgreement(ctx, ended); err != nil {
			return err
		}
		return a.recordAgreement(ctx, tx, "agreement.ended", ended)
	})
	return ended, err
}

func (a *App) recordAgreement(ctx context.Context, tx *postgres.Store, kind string, one partners.Agreement) error {
	return a.record(ctx, tx, change{
		kind: kind, id: string(one.ID), partner: string(one.PartnerID), revision: one.Revision, snapshot: one,
	})
}
