// Command crm plays an internal service of the vendor, such as its CRM: it gets
// a token of its own, acts for a partner, and previews a renewal by gRPC.
//
//	crm PARTNER RENEWAL
//
// The environment that `make run` writes says where the services are.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/encoding/protojson"

	commissionv1 "github.com/holdfast-channel/holdfast/gen/holdfast/commission/v1"
	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := preview(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:gocritic // cancel has nothing left to do
	}
}

func preview(ctx context.Context) error {
	if len(os.Args) != 3 || os.Getenv("CRM_ID") == "" {
		return errors.New("usage: source .holdfast/env && crm PARTNER RENEWAL")
	}
	partners, err := dial("PARTNER_TARGET")
	if err != nil {
		return err
	}
	token, err := partnerv1.NewTokenServiceClient(partners).IssueToken(ctx, &partnerv1.IssueTokenRequest{
		GrantType: "client_credentials", ClientId: os.Getenv("CRM_ID"), ClientSecret: os.Getenv("CRM_SECRET"),
	})
	if err != nil {
		return err
	}
	commission, err := dial("COMMISSION_TARGET")
	if err != nil {
		return err
	}
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token.AccessToken, "holdfast-acting-partner", os.Args[1])
	answer, err := commissionv1.NewRenewalServiceClient(commission).PreviewRenewal(ctx, &commissionv1.PreviewRenewalRequest{RenewalId: os.Args[2]})
	if err != nil {
		return err
	}
	text, err := protojson.Marshal(answer)
	if err != nil {
		return err
	}
	fmt.Println(string(text))
	return nil
}

func dial(target string) (*grpc.ClientConn, error) {
	return grpc.NewClient(os.Getenv(target), grpc.WithTransportCredentials(insecure.NewCredentials()))
}
