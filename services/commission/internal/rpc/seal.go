package rpc

import (
	"context"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/seal"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

// listedFindings is the most that an answer lists.
const listedFindings = 1000

func (s *ledgerService) VerifyLedger(ctx context.Context, r *commissionv1.VerifyLedgerRequest) (*commissionv1.VerifyLedgerResponse, error) {
	kept, err := finance.ReadKeptSeal(r.GetSealNumber(), r.GetSealDigest())
	if err != nil {
		return nil, err
	}
	response := &commissionv1.VerifyLedgerResponse{}
	v, err := s.finance.VerifyLedger(ctx, kept, func(f seal.Finding) {
		if len(response.Findings) < listedFindings {
			response.Findings = append(response.Findings, findingProto(f))
		}
	})
	if err != nil {
		return nil, err
	}
	response.Sound, response.FindingCount, response.EntryCount, response.SealCount = v.Sound(), v.Findings, v.Entries, v.Seals
	if v.Seals > 0 {
		response.LastSeal = sealProto(v.Last)
	}
	return response, nil
}

func (s *ledgerService) ListSeals(ctx context.Context, r *commissionv1.ListSealsRequest) (*commissionv1.ListSealsResponse, error) {
	var before int64
	size, err := page.Begin(r, &before)
	if err != nil {
		return nil, err
	}
	found, err := s.finance.ListSeals(ctx, before, size+1)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(s seal.Seal) any { return s.Number })
	return &commissionv1.ListSealsResponse{Seals: each(found, sealProto), NextPageToken: next}, nil
}

func findingProto(f seal.Finding) *commissionv1.LedgerFinding {
	return &commissionv1.LedgerFinding{
		Fault:   commissionv1.LedgerFault(commissionv1.LedgerFault_value["LEDGER_FAULT_"+string(f.Fault)]),
		EntryId: f.EntryID, SealNumber: f.Seal, SubjectId: f.Subject, Detail: f.Detail,
	}
}

func sealProto(s seal.Seal) *commissionv1.Seal {
	return &commissionv1.Seal{
		SealNumber: s.Number, FirstPosition: s.First, EntryCount: s.Entries(), Digest: s.Hex(), SealTime: instant(s.At),
	}
}
