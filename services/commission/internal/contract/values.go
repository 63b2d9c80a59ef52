package contract

import (
	"strings"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	typev1 "github.com/holdfast-channel/holdfast/gen/holdfast/type/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/margin"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Amount reads an amount of money.
func Amount(m *typev1.Money) (money.Amount, error) {
	return money.Parse(m.GetCurrencyCode(), m.GetAmount())
}

// Money is an amount as customer writes it.
func Money(a money.Amount) *typev1.Money {
	return &typev1.Money{CurrencyCode: string(a.Currency), Amount: a.Decimal()}
}

const billingEnum = "BILLING_"

// Billing reads how a term is billed; empty where it is not said.
func Billing(b customerv1.Billing) margin.Billing {
	if b == customerv1.Billing_BILLING_UNSPECIFIED {
		return ""
	}
	return margin.Billing(strings.TrimPrefix(b.String(), billingEnum))
}

// ProtoBilling is the billing as customer writes it.
func ProtoBilling(b margin.Billing) customerv1.Billing {
	return customerv1.Billing(customerv1.Billing_value[billingEnum+string(b)])
}
