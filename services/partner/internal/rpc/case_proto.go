package rpc

import (
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/conduct"
)

// Our words are the contract's without these prefixes.
const (
	outcomePrefix   = "OUTCOME_"
	groundPrefix    = "GROUND_"
	caseStatePrefix = "CASE_STATE_"
	decisionPrefix  = "DECISION_KIND_"
	evidencePrefix  = "EVIDENCE_KIND_"
)

func caseProto(v conduct.View) *partnerv1.Case {
	return &partnerv1.Case{
		CaseId:             string(v.ID),
		TransferId:         v.Transfer,
		SubmissionId:       v.Submission,
		SubscriptionId:     v.Subscription,
		PartnerId:          string(v.Partner),
		IncumbentPartnerId: string(v.Incumbent),
		Side:               partnerv1.Side(partnerv1.Side_value[sidePrefix+string(v.Side)]),
		State:              partnerv1.CaseState(partnerv1.CaseState_value[caseStatePrefix+string(v.State)]),
		Verdict:            verdictProto(v.Verdict),
		Held:               v.Held,
		Claim:              claimProto(v.Facts.Claim),
		ContestByDate:      v.ContestBy.String(),
		AppealByDate:       v.AppealBy.String(),
		Decisions:          each(v.Decisions, decisionProto),
		Evidence:           each(v.Evidence, evidenceProto),
		Remedy:             v.Remedy,
		EffectiveDate:      v.Effective.String(),
		WaiverProposer:     v.WaiverProposer,
		Etag:               v.Revision.Etag(),
		CreateTime:         instant(v.CreateTime),
		Contested:          v.Contested,
		Revision:           int64(v.Revision),
	}
}

func decisionProto(d conduct.Decision) *partnerv1.Decision {
	return &partnerv1.Decision{
		Kind:       partnerv1.DecisionKind(partnerv1.DecisionKind_value[decisionPrefix+string(d.Kind)]),
		Outcome:    partnerv1.Outcome(partnerv1.Outcome_value[outcomePrefix+string(d.Outcome)]),
		Actor:      d.Actor,
		Side:       partnerv1.Side(partnerv1.Side_value[sidePrefix+string(d.Side)]),
		Text:       d.Text,
		DecideTime: instant(d.At),
	}
}

func evidenceProto(e conduct.Evidence) *partnerv1.Evidence {
	return &partnerv1.Evidence{
		EvidenceId: e.ID,
		Kind:       partnerv1.EvidenceKind(partnerv1.EvidenceKind_value[evidencePrefix+string(e.Kind)]),
		Title:      e.Title,
		MediaType:  e.MediaType,
		SizeBytes:  e.SizeBytes,
		Sha256:     e.SHA256,
		Side:       partnerv1.Side(partnerv1.Side_value[sidePrefix+string(e.Side)]),
		CreateTime: instant(e.CreateTime),
	}
}

// claimFrom reads what a customer's reason claims; a choice claims nothing.
func claimFrom(r partnerv1.ConsentReason) conduct.Claim {
	if r == partnerv1.ConsentReason_CONSENT_REASON_CHOICE {
		return conduct.NoClaim
	}
	return conduct.Claim(word(r.String(), reasonPrefix))
}

func claimProto(c conduct.Claim) partnerv1.ConsentReason {
	return partnerv1.ConsentReason(partnerv1.ConsentReason_value[reasonPrefix+string(c)])
}
