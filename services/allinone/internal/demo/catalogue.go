package demo

import (
	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/platform/money"
)

// Families are the product families of the catalogue.
var Families = []*customerv1.ProductFamily{
	{FamilyId: "email-security", DisplayName: "Email security"},
	{FamilyId: "archiving", DisplayName: "Archiving"},
	{FamilyId: "email-continuity", DisplayName: "Email continuity"},
}

// Products are the products of the catalogue.
var Products = []*customerv1.Product{
	{ProductId: "email-gateway", FamilyId: "email-security", DisplayName: "Email Gateway", Description: "Stops spam, malware and spoofed senders before they reach the mailbox."},
	{ProductId: "targeted-threats", FamilyId: "email-security", DisplayName: "Targeted Threat Protection", Description: "Checks links, attachments and impostors at the moment of the click."},
	{ProductId: suite, FamilyId: "email-security", DisplayName: "Email Suite", Description: "Gateway, targeted threat protection, archive and continuity in one contract."},
	{ProductId: "email-archive", FamilyId: "archiving", DisplayName: "Email Archive", Description: "Keeps every message unaltered and finds it in seconds."},
	{ProductId: "mailbox-continuity", FamilyId: "email-continuity", DisplayName: "Mailbox Continuity", Description: "Keeps people reading and sending while the mail server is down."},
}

// suite is the product that the law firms of the book have.
const suite = "email-suite"

// listUplift is by how much contracts sold at list price rise once a year.
const listUplift = 500

// A band is a step of the price list: from so many seats on, so many cents of
// a dollar per seat and year.
type band struct {
	seats int64
	cents int64
}

// The price list in dollars. Other currencies follow from their rates.
var priceList = map[string][]band{
	"email-gateway":      {{1, 3840}, {100, 3300}, {500, 2760}, {2000, 2160}, {10000, 1560}},
	"targeted-threats":   {{1, 2880}, {100, 2460}, {500, 2040}, {2000, 1620}, {10000, 1140}},
	"email-archive":      {{1, 3360}, {100, 2940}, {500, 2460}, {2000, 1920}, {10000, 1380}},
	"mailbox-continuity": {{1, 1680}, {100, 1440}, {500, 1200}, {2000, 960}, {10000, 660}},
}

// suitePrice is the price of the suite in pounds, per seat and year in any
// number; other currencies follow from it.
var suitePrice = money.Amount{Minor: 120_00, Currency: "GBP"}

// ListPrice is the price per seat and year of a product in a currency for a
// number of seats.
func ListPrice(product string, currency money.Currency, seats int64) money.Amount {
	cents := int64(0)
	for _, b := range priceList[product] {
		if seats >= b.seats {
			cents = b.cents
		}
	}
	return fromDollars(cents, currency)
}

// Prices are the entries of the price list, product by product, in every
// currency of the book.
func Prices() map[string][]*customerv1.Price {
	prices := map[string][]*customerv1.Price{}
	for _, currency := range currencies() {
		prices[suite] = append(prices[suite], &customerv1.Price{
			MinSeats: 1, UnitPrice: protoMoney(fromDollars(toCents(suitePrice), currency)), ValidFrom: "2010-01-01", UpliftBps: listUplift,
		})
	}
	for product, bands := range priceList {
		for _, currency := range currencies() {
			for _, b := range bands {
				prices[product] = append(prices[product], &customerv1.Price{
					MinSeats: b.seats, UnitPrice: protoMoney(fromDollars(b.cents, currency)), ValidFrom: "2010-01-01", UpliftBps: listUplift,
				})
			}
		}
	}
	return prices
}
