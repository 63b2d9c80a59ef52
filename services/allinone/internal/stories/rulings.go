package stories

import (
	"crypto/sha256"
	"encoding/hex"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
)

func (s *Story) evidence(w []string) error {
	about, err := s.caseOf(w[1])
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(s.name))
	_, err = s.conduct().SubmitEvidence(s.as(w[0]), &partnerv1.SubmitEvidenceRequest{
		CaseId: about.CaseId, RequestId: key(),
		Evidence: &partnerv1.Evidence{
			Kind: partnerv1.EvidenceKind_EVIDENCE_KIND_SERVICE_RECORD, Title: "Tickets of a year", MediaType: "application/pdf",
			SizeBytes: 48_213, Sha256: hex.EncodeToString(sum[:]),
		},
	})
	return err
}

func (s *Story) reviews(w []string) error {
	about, err := s.caseOf(w[2])
	if err != nil {
		return err
	}
	_, err = s.conduct().DecideCase(s.as(w[0]), &partnerv1.DecideCaseRequest{CaseId: about.CaseId, Grant: w[1] == "grants", ReasonText: "As the evidence shows.", RequestId: key()})
	return err
}

func (s *Story) appeals(w []string) error {
	about, err := s.caseOf(w[1])
	if err != nil {
		return err
	}
	_, err = s.conduct().AppealCase(s.as(w[0]), &partnerv1.AppealCaseRequest{CaseId: about.CaseId, ReasonText: "The facts are others.", RequestId: key()})
	return err
}

func (s *Story) decidesAppeal(w []string) error {
	about, err := s.caseOf(w[2])
	if err != nil {
		return err
	}
	_, err = s.conduct().DecideAppeal(s.as(w[0]), &partnerv1.DecideAppealRequest{CaseId: about.CaseId, Uphold: w[1] == "upholds", ReasonText: "On review.", RequestId: key()})
	return err
}

func (s *Story) proposesWaiver(w []string) error {
	about, err := s.caseOf(w[1])
	if err != nil {
		return err
	}
	_, err = s.conduct().ProposeWaiver(s.as(w[0]), &partnerv1.ProposeWaiverRequest{CaseId: about.CaseId, ReasonText: "Goodwill.", RequestId: key()})
	return err
}

func (s *Story) approvesWaiver(w []string) error {
	about, err := s.caseOf(w[1])
	if err != nil {
		return err
	}
	_, err = s.conduct().ApproveWaiver(s.as(w[0]), &partnerv1.ApproveWaiverRequest{CaseId: about.CaseId, RequestId: key()})
	return err
}
