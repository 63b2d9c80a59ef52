package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"github.com/holdfast-channel/holdfast/services/partner/internal/conduct"
)

// ofCase is a part of a case.
type ofCase[T any] struct {
	id   conduct.ID
	part T
}

func scanDecision(row pgx.CollectableRow) (d ofCase[conduct.Decision], err error) {
	p := &d.part
	err = row.Scan(&d.id, &p.Kind, &p.Outcome, &p.Actor, &p.Side, &p.Text, instant(&p.At))
	return d, err
}

func scanEvidence(row pgx.CollectableRow) (e ofCase[conduct.Evidence], err error) {
	p := &e.part
	err = row.Scan(&e.id, &p.ID, &p.Kind, &p.Title, &p.MediaType, &p.SizeBytes, &p.SHA256, &p.Side, (*zeronull.Text)(&p.PartnerID),
		instant(&p.CreateTime))
	return e, err
}

// dossier is what only the vendor knows of a case.
type dossier struct {
	facts                    conduct.Facts
	reviewer, waiverProposer string
}

func scanDossier(row pgx.CollectableRow) (d ofCase[dossier], err error) {
	err = row.Scan(&d.id, &d.part.facts, &d.part.reviewer, &d.part.waiverProposer)
	return d, err
}

// fillCases gives each case what was done in it and the evidence in scope.
func (s *Store) fillCases(ctx context.Context, found []conduct.Case) error {
	ids := caseIDs(found)
	decisions, err := all(ctx, s, scanDecision, `
		SELECT case_id, kind, outcome, actor, side, text, decide_time
		FROM case_decisions
		WHERE case_id = ANY ($1)
		ORDER BY case_id, ordinal`, ids)
	if err != nil {
		return fmt.Errorf("decisions of cases: %w", err)
	}
	evidence, err := all(ctx, s, scanEvidence, `
		SELECT case_id, evidence_id, kind, title, media_type, size_bytes, sha256, side, partner_id, create_time
		FROM case_evidence
		WHERE case_id = ANY ($1)
		ORDER BY case_id, ordinal`, ids)
	if err != nil {
		return fmt.Errorf("evidence of cases: %w", err)
	}
	give(found, decisions, func(c *conduct.Case, d conduct.Decision) { c.Decisions = append(c.Decisions, d) })
	give(found, evidence, func(c *conduct.Case, e conduct.Evidence) { c.Evidence = append(c.Evidence, e) })
	return nil
}

// fillDossiers gives each case what only the vendor knows.
func (s *Store) fillDossiers(ctx context.Context, found []conduct.Case) error {
	dossiers, err := all(ctx, s, scanDossier, `
		SELECT case_id, facts, reviewer, waiver_proposer
		FROM case_dossiers
		WHERE case_id = ANY ($1)`, caseIDs(found))
	if err != nil {
		return fmt.Errorf("dossiers of cases: %w", err)
	}
	give(found, dossiers, func(c *conduct.Case, d dossier) {
		c.Facts, c.Reviewer, c.WaiverProposer = d.facts, d.reviewer, d.waiverProposer
	})
	return nil
}

func caseIDs(found []conduct.Case) []string {
	ids := make([]string, len(found))
	for i, c := range found {
		ids[i] = string(c.ID)
	}
	return ids
}

// give hands each part to its case.
func give[T any](found []conduct.Case, parts []ofCase[T], to func(*conduct.Case, T)) {
	at := make(map[conduct.ID]int, len(found))
	for i, c := range found {
		at[c.ID] = i
	}
	for _, p := range parts {
		to(&found[at[p.id]], p.part)
	}
}

// InsertCase adds c with what was done in it, or returns conduct.ErrExists if
// there is a case about this already.
func (s *Store) InsertCase(ctx context.Context, c conduct.Case) error {
	tag, err := s.tx.Exec(ctx, `
		INSERT INTO cases (
			case_id, transfer_id, submission_id, subscription_id, partner_id, incumbent_id, effective_date, claim, state, outcome, verdict,
			cap_bps, cap_until, appeal_days, contest_by_date, appeal_by_date, contested, released, revision, create_time)
		VALUES (
			@id, @transfer, @submission, @subscription, @partner, @incumbent, @effective, @claim, @state, @outcome, @verdict,
			@cap_bps, @cap_until, @appeal_days, @contest_by, @appeal_by, @contested, @released, @revision, @created)
		ON CONFLICT DO NOTHING`,
		pgx.StrictNamedArgs{
			"id": c.ID, "transfer": c.Transfer, "submission": c.Submission, "subscription": c.Subscription, "partner": c.Partner,
			"incumbent": zeronull.Text(c.Incumbent), "effective": c.Effective, "claim": c.Facts.Claim, "state": c.State,
			"outcome": c.Shown().Outcome, "verdict": c.Verdict, "cap_bps": c.Cap.Bps, "cap_until": c.Cap.Until, "appeal_days": c.AppealDays,
			"contest_by": c.ContestBy, "appeal_by": c.AppealBy, "contested": c.Contested, "released": c.Released,
			"revision": c.Revision, "created": c.CreateTime,
		})
	switch {
	case err != nil:
		return fmt.Errorf("insert case: %w", err)
	case tag.RowsAffected() == 0:
		return conduct.ErrExists
	}
	_, err = s.tx.Exec(ctx, `
		INSERT INTO case_dossiers (case_id, facts, reviewer, waiver_proposer)
		VALUES ($1, $2, $3, $4)`, c.ID, c.Facts, c.Reviewer, c.WaiverProposer)
	if err != nil {
		return fmt.Errorf("insert dossier of case %s: %w", c.ID, err)
	}
	return s.insertDecisions(ctx, c, 0)
}

// UpdateCase writes where c stands, and what was done in it since it was read:
// the decisions after the first known ones.
func (s *Store) UpdateCase(ctx context.Context, c conduct.Case, known int) error {
	_, err := s.tx.Exec(ctx, `
		UPDATE cases
		SET state = @state, outcome = @outcome, verdict = @verdict, contest_by_date = @contest_by, appeal_by_date = @appeal_by,
			contested = @contested, released = @released, revision = @revision
		WHERE case_id = @id`,
		pgx.StrictNamedArgs{
			"id": c.ID, "state": c.State, "outcome": c.Shown().Outcome, "verdict": c.Verdict, "contest_by": c.ContestBy,
			"appeal_by": c.AppealBy, "contested": c.Contested, "released": c.Released, "revision": c.Revision,
		})
	if err != nil {
		return fmt.Errorf("update case %s: %w", c.ID, err)
	}
	_, err = s.tx.Exec(ctx, `
		UPDATE case_dossiers
		SET reviewer = $2, waiver_proposer = $3
		WHERE case_id = $1`, c.ID, c.Reviewer, c.WaiverProposer)
	if err != nil {
		return fmt.Errorf("update dossier of case %s: %w", c.ID, err)
	}
	return s.insertDecisions(ctx, c, known)
}

func (s *Store) insertDecisions(ctx context.Context, c conduct.Case, known int) error {
	for i := known; i < len(c.Decisions); i++ {
		d := c.Decisions[i]
		_, err := s.tx.Exec(ctx, `
			INSERT INTO case_decisions (case_id, ordinal, kind, outcome, actor, side, text, decide_time)
			VALUES (@case, @ordinal, @kind, @outcome, @actor, @side, @text, @time)`,
			pgx.StrictNamedArgs{
				"case": c.ID, "ordinal": i, "kind": d.Kind, "outcome": d.Outcome, "actor": d.Actor, "side": d.Side, "text": d.Text, "time": d.At,
			})
		if err != nil {
			return fmt.Errorf("insert decision of case %s: %w", c.ID, err)
		}
	}
	return nil
}

// InsertEvidence adds the last piece of evidence of c.
func (s *Store) InsertEvidence(ctx context.Context, c conduct.Case) error {
	e := c.Evidence[len(c.Evidence)-1]
	_, err := s.tx.Exec(ctx, `
		INSERT INTO case_evidence (
			evidence_id, case_id, ordinal, kind, title, media_type, size_bytes, sha256, side, partner_id, create_time)
		VALUES (@id, @case, @ordinal, @kind, @title, @media, @size, @sha256, @side, @partner, @created)`,
		pgx.StrictNamedArgs{
			"id": e.ID, "case": c.ID, "ordinal": len(c.Evidence) - 1, "kind": e.Kind, "title": e.Title, "media": e.MediaType,
			"size": e.SizeBytes, "sha256": e.SHA256, "side": e.Side, "partner": zeronull.Text(e.PartnerID), "created": e.CreateTime,
		})
	if err != nil {
		return fmt.Errorf("insert evidence of case %s: %w", c.ID, err)
	}
	return nil
}
