package payouts

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/holdfast-channel/holdfast/services/partner/internal/code"
	"github.com/holdfast-channel/holdfast/services/platform/calendar"
)

// Approval is the deed of approving an account.
type Approval struct {
	By          string // subject of the person's token
	At          time.Time
	Today       calendar.Date // the same instant's date where the vendor is
	Code        code.ID       // the version in force
	CoolingDays int32         // by that version
}

// Approve returns a as it can be used when it has cooled off. ErrStateInvalid
// unless it is proposed, ErrSameDecider for the person who proposed it.
func (a Account) Approve(d Approval) (Account, error) {
	if a.State != Proposed {
		return Account{}, a.notIn(Proposed)
	}
	if a.Proposer == d.By {
		return Account{}, ErrSameDecider.Because("you have proposed this account yourself; another person must approve it")
	}
	a = a.moved(Approved)
	a.Approver, a.ApproveTime, a.Code = d.By, d.At, d.Code
	a.ApproveDate, a.UsableFrom = d.Today, d.Today.AddDays(int(d.CoolingDays))
	return a, nil
}

// Reject returns a as it has ended without being approved. ErrStateInvalid
// unless it is proposed, ErrReasonRequired without a note.
func (a Account) Reject(note string, at time.Time) (Account, error) {
	if a.State != Proposed {
		return Account{}, a.notIn(Proposed)
	}
	if strings.TrimSpace(note) == "" {
		return Account{}, ErrReasonRequired.Because("write what is wrong with the account").On("note")
	}
	return a.ended(Rejected, note, at)
}

// Close returns a as nothing is paid to it any more. ErrStateInvalid unless it
// is approved.
func (a Account) Close(note string, at time.Time) (Account, error) {
	if a.State != Approved {
		return Account{}, a.notIn(Approved)
	}
	return a.ended(Closed, note, at)
}

const longestNote = 4000

func (a Account) ended(in State, note string, at time.Time) (Account, error) {
	if utf8.RuneCountInString(note) > longestNote {
		return Account{}, ErrInvalid.Because(fmt.Sprintf("note must have at most %d characters", longestNote)).On("note")
	}
	a = a.moved(in)
	a.Note, a.EndTime = note, at
	return a, nil
}

func (a Account) moved(to State) Account {
	a.State = to
	a.Revision++
	return a
}

func (a Account) notIn(required State) error {
	return ErrStateInvalid.Because(
		fmt.Sprintf("payout account %s is %s; it would have to be %s", a.ID, a.State, required),
		"state", string(a.State), "required_state", string(required))
}
