package server

import (
	"context"
	"time"

	"google.golang.org/grpc"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/platform/auth"
)

// ClientCredentials returns how a service gets its own tokens: with its client
// id and secret, over a connection without identity to the partner service,
// which issues them.
func ClientCredentials(conn grpc.ClientConnInterface, id, secret string) auth.Fetch {
	service := partnerv1.NewTokenServiceClient(conn)
	return func(ctx context.Context) (string, time.Time, error) {
		asked := time.Now()
		token, err := service.IssueToken(ctx, &partnerv1.IssueTokenRequest{
			GrantType: "client_credentials", ClientId: id, ClientSecret: secret,
		})
		if err != nil {
			return "", time.Time{}, err
		}
		return token.GetAccessToken(), asked.Add(time.Duration(token.GetExpiresIn()) * time.Second), nil
	}
}
