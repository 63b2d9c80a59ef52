package bankfile

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"time"
)

// The elements of pain.001.001.09 that are used, in the order of its schema.
type (
	document struct {
		XMLName    xml.Name   `xml:"urn:iso:std:iso:20022:tech:xsd:pain.001.001.09 Document"`
		Initiation initiation `xml:"CstmrCdtTrfInitn"`
	}
	initiation struct {
		Header  header  `xml:"GrpHdr"`
		Payment payment `xml:"PmtInf"`
	}
	header struct {
		ID         string `xml:"MsgId"`
		CreateTime string `xml:"CreDtTm"`
		Count      string `xml:"NbOfTxs"`
		Sum        string `xml:"CtrlSum"`
		Initiator  party  `xml:"InitgPty"`
	}
	payment struct {
		ID        string     `xml:"PmtInfId"`
		Method    string     `xml:"PmtMtd"`
		Batch     bool       `xml:"BtchBookg"`
		Count     string     `xml:"NbOfTxs"`
		Sum       string     `xml:"CtrlSum"`
		Date      string     `xml:"ReqdExctnDt>Dt"`
		Debtor    party      `xml:"Dbtr"`
		Account   account    `xml:"DbtrAcct"`
		Agent     agent      `xml:"DbtrAgt"`
		Transfers []transfer `xml:"CdtTrfTxInf"`
	}
	transfer struct {
		ID       string       `xml:"PmtId>EndToEndId"`
		Kind     *paymentKind `xml:"PmtTpInf"`
		Amount   amount       `xml:"Amt>InstdAmt"`
		Charges  string       `xml:"ChrgBr"`
		Agent    *agent       `xml:"CdtrAgt"`
		Creditor party        `xml:"Cdtr"`
		Account  account      `xml:"CdtrAcct"`
		Text     string       `xml:"RmtInf>Ustrd"`
	}
	paymentKind struct {
		Service string `xml:"SvcLvl>Cd"`
	}
	amount struct {
		Currency string `xml:"Ccy,attr"`
		Value    string `xml:",chardata"`
	}
	party struct {
		Name string `xml:"Nm"`
	}
	account struct {
		ID accountID `xml:"Id"`
	}
	accountID struct {
		IBAN  string `xml:"IBAN,omitempty"`
		Other *named `xml:"Othr"`
	}
	named struct {
		ID string `xml:"Id"`
	}
	agent struct {
		Institution institution `xml:"FinInstnId"`
	}
	institution struct {
		BIC    string  `xml:"BICFI,omitempty"`
		Member *member `xml:"ClrSysMmbId"`
		Other  *named  `xml:"Othr"`
	}
	member struct {
		System *clearingSystem `xml:"ClrSysId"`
		ID     string          `xml:"MmbId"`
	}
	clearingSystem struct {
		Code string `xml:"Cd"`
	}
)

// What the schema names by codes.
const (
	transferMethod = "TRF"
	areaService    = "SEPA"
	eachItsOwn     = "SLEV" // charges as the service level says
	shared         = "SHAR"
	notProvided    = "NOTPROVIDED"
)

// clearings are the codes of national clearing systems, by their country.
var clearings = map[string]string{
	"AU": "AUBSB", "CA": "CACPA", "GB": "GBDSC", "HK": "HKNCC", "IN": "INFSC", "JP": "JPZGN", "NZ": "NZNCC", "SG": "SGIBG", "US": "USABA",
	"ZA": "ZANCC",
}

// PAIN001 returns the order as a pain.001.001.09 message. It returns
// money.ErrMismatch unless all amounts are in the order's currency.
func (o Order) PAIN001() ([]byte, error) {
	total, err := o.total()
	if err != nil {
		return nil, fmt.Errorf("order %s: %w", o.ID, err)
	}
	count, sum, debtor := strconv.Itoa(len(o.Transfers)), total.Decimal(), party{Latin(o.Debtor.Holder, maxName)}
	body := initiation{
		Header: header{ID: o.ID, CreateTime: o.CreateTime.UTC().Format(time.RFC3339), Count: count, Sum: sum, Initiator: debtor},
		Payment: payment{
			ID: o.ID, Method: transferMethod, Batch: true, Count: count, Sum: sum, Date: o.ExecuteOn.String(),
			Debtor: debtor, Account: o.Debtor.account(), Agent: o.Debtor.debtorAgent(), Transfers: make([]transfer, len(o.Transfers)),
		},
	}
	for i, t := range o.Transfers {
		body.Payment.Transfers[i] = o.transfer(t)
	}
	text, err := xml.MarshalIndent(document{Initiation: body}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("order %s: %w", o.ID, err)
	}
	return append(append([]byte(xml.Header), text...), '\n'), nil
}

func (o Order) transfer(t Transfer) transfer {
	element := transfer{
		ID: t.ID, Amount: amount{string(o.Currency), t.Amount.Decimal()}, Charges: shared, Agent: t.To.agent(),
		Creditor: party{Latin(t.To.Holder, maxName)}, Account: t.To.account(), Text: Latin(t.Text, maxText),
	}
	if o.Currency == euro && o.Debtor.within() && t.To.within() {
		element.Kind, element.Charges = &paymentKind{areaService}, eachItsOwn
	}
	return element
}

func (a Account) account() account {
	if a.IBAN != "" {
		return account{accountID{IBAN: a.IBAN}}
	}
	return account{accountID{Other: &named{a.Number}}}
}

// agent is the account's bank, where something names it: an IBAN alone does.
func (a Account) agent() *agent {
	if a.BIC == "" && a.BankCode == "" {
		return nil
	}
	bank := institution{BIC: a.BIC}
	if a.BankCode != "" {
		bank.Member = &member{ID: a.BankCode}
		if code := clearings[a.Country]; code != "" {
			bank.Member.System = &clearingSystem{code}
		}
	}
	return &agent{bank}
}

// debtorAgent is the bank that gets the file, which the schema wants named.
func (a Account) debtorAgent() agent {
	if bank := a.agent(); bank != nil {
		return *bank
	}
	return agent{institution{Other: &named{notProvided}}}
}
