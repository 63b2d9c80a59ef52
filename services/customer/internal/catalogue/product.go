package catalogue

import (
	"fmt"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
)

// Refusals about products and families.
var (
	ErrProductNotFound = fault.New("NOT_FOUND", "there is no such product")
	ErrProductUnknown  = fault.New("PRODUCT_UNKNOWN", "there is no such product on the catalogue")
	ErrFamilyUnknown   = fault.New("FAMILY_UNKNOWN", "there is no such product family")
	ErrProductTaken    = fault.New("ALREADY_EXISTS", "there is a product with this id")
	ErrFamilyTaken     = fault.New("ALREADY_EXISTS", "there is a product family with this id")
)

// FamilyID names a product family, such as "email-security".
type FamilyID string

// ProductID names a product, such as "secure-email-gateway".
type ProductID string

// Family is a set of products that protect against the same thing.
type Family struct {
	ID   FamilyID `json:"id"`
	Name string   `json:"name"`
}

// Product is something on the catalogue.
type Product struct {
	ID          ProductID `json:"id"`
	Name        string    `json:"name"`
	Family      FamilyID  `json:"family"`
	Description string    `json:"description,omitempty"`
	CreateTime  time.Time `json:"create_time"`
}

// UnknownProduct is ErrProductUnknown for a product.
func UnknownProduct(id ProductID) error {
	return ErrProductUnknown.Because(fmt.Sprintf("there is no product %.60q on the catalogue", id),
		"product_id", fmt.Sprintf("%.60s", id)).On("product_id")
}
