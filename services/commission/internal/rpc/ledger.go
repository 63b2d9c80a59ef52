package rpc

import (
	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	"github.com/holdfast-channel/holdfast/services/commission/internal/app"
)

type ledgerService struct {
	commissionv1.UnimplementedLedgerServiceServer
	app *app.App
}
