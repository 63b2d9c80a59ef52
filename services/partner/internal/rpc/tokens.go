package rpc

import (
	"context"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/partner/internal/clients"
)

type tokenService struct {
	partnerv1.UnimplementedTokenServiceServer
	app *app.App
}

func (s *tokenService) IssueToken(ctx context.Context, r *partnerv1.IssueTokenRequest) (*partnerv1.IssueTokenResponse, error) {
	token, err := s.app.IssueToken(ctx, clients.ID(r.GetClientId()), clients.Application{
		GrantType: r.GetGrantType(), Secret: r.GetClientSecret(), Scope: r.GetScope(),
	})
	return answer(tokenProto, token, err)
}

func tokenProto(t app.Token) *partnerv1.IssueTokenResponse {
	return &partnerv1.IssueTokenResponse{
		AccessToken: t.Text, TokenType: "Bearer", ExpiresIn: int32(t.Life.Seconds()), Scope: t.Scope,
	}
}

func (s *tokenService) GetKeySet(context.Context, *partnerv1.GetKeySetRequest) (*partnerv1.GetKeySetResponse, error) {
	return &partnerv1.GetKeySetResponse{JwksJson: string(s.app.GetKeySet())}, nil
}
