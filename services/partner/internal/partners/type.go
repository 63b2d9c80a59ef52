package partners

// Type is what a partner does for the vendor.
type Type string

// The selling types.
const (
	Reseller                  Type = "RESELLER"
	SystemsIntegrator         Type = "SYSTEMS_INTEGRATOR"
	ManagedServiceProvider    Type = "MANAGED_SERVICE_PROVIDER"
	IndependentSoftwareVendor Type = "INDEPENDENT_SOFTWARE_VENDOR"
	SalesAgent                Type = "SALES_AGENT"
	Distributor               Type = "DISTRIBUTOR"
	DirectSales               Type = "DIRECT"
)

// The types that do not sell.
const (
	Supplier          Type = "SUPPLIER"
	CyberResilience   Type = "CYBER_RESILIENCE"
	StrategicAlliance Type = "STRATEGIC_ALLIANCE"
)

// Selling reports whether partners of this type may earn margin.
func (t Type) Selling() bool {
	switch t {
	case Reseller, SystemsIntegrator, ManagedServiceProvider, IndependentSoftwareVendor, SalesAgent, Distributor, DirectSales:
		return true
	}
	return false
}

// State is whether a partner may sell.
type State string

// The states.
const (
	Active    State = "ACTIVE"
	Suspended State = "SUSPENDED"
)

// Cause is why a partner is suspended.
type Cause string

// The causes.
const (
	Inquiry      Cause = "SUSPENDED"
	Deauthorised Cause = "DEAUTHORISED"
	Insolvent    Cause = "INSOLVENT"
)
