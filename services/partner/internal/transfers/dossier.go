package transfers

// Delivery is how far the request for consent has come.
type Delivery string

// The deliveries. The first two are on their way, the others for good.
const (
	Unresolved    Delivery = "UNRESOLVED"      // what would move is not known yet
	Waiting       Delivery = "WAITING"         // for the mail to be handed over
	Sent          Delivery = "SENT"            // it has been
	NothingToMove Delivery = "NOTHING_TO_MOVE" // nobody has the domain, or nothing live in the family
	NobodyToAsk   Delivery = "NOBODY_TO_ASK"   // no contact may consent
	TooManyMails  Delivery = "TOO_MANY_MAILS"  // the limit is reached
	Closed        Delivery = "CLOSED"          // the transfer ended before
)

// UnderWay reports whether there is something left to do.
func (d Delivery) UnderWay() bool { return d == Unresolved || d == Waiting }

// Dossier is what the vendor alone knows of a transfer. It goes into no event.
type Dossier struct {
	TransferID   ID
	ContactEmail string // wanted by the challenger; forgotten with the delivery
	Delivery     Delivery
	CustomerID   string // empty until it is resolved
	CustomerName string
	AssignText   string // why the vendor assigned it
}

// Deliver returns d with how far the delivery has come.
func (d Dossier) Deliver(to Delivery) Dossier {
	d.Delivery = to
	if !to.UnderWay() {
		d.ContactEmail = ""
	}
	return d
}
