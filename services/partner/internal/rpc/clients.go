package rpc

import (
	"context"

	partnerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/partner/v1"
	"github.com/holdfast-channel/holdfast/services/partner/internal/app"
	"github.com/holdfast-channel/holdfast/services/partner/internal/clients"
	"github.com/holdfast-channel/holdfast/services/partner/internal/partners"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

type apiClientService struct {
	partnerv1.UnimplementedApiClientServiceServer
	app *app.App
}

func (s *apiClientService) CreateApiClient(ctx context.Context, r *partnerv1.CreateApiClientRequest) (*partnerv1.ApiClientSecret, error) {
	created, secret, err := s.app.CreateApiClient(ctx, clients.Client{
		PartnerID: partners.ID(r.GetPartnerId()), Service: r.GetService(), DisplayName: r.GetDisplayName(), Scopes: scopesFrom(r.GetScopes()),
	})
	return withSecret(created, secret, err)
}

func (s *apiClientService) GetApiClient(ctx context.Context, r *partnerv1.GetApiClientRequest) (*partnerv1.ApiClient, error) {
	found, err := s.app.GetApiClient(ctx, clients.ID(r.GetClientId()))
	return answer(clientProto, found, err)
}

func (s *apiClientService) ListApiClients(ctx context.Context, r *partnerv1.ListApiClientsRequest) (*partnerv1.ListApiClientsResponse, error) {
	var after clients.ID
	size, err := page.Begin(r, &after)
	if err != nil {
		return nil, err
	}
	found, err := s.app.ListApiClients(ctx, clients.Query{
		Partner: partners.ID(r.GetPartnerId()), After: after, Limit: size + 1,
	})
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(c clients.Client) any { return c.ID })
	return &partnerv1.ListApiClientsResponse{ApiClients: each(found, clientProto), NextPageToken: next}, nil
}

func (s *apiClientService) RotateApiClient(ctx context.Context, r *partnerv1.RotateApiClientRequest) (*partnerv1.ApiClientSecret, error) {
	overlap := clients.UsualOverlap
	if r.GetOverlap() != nil {
		overlap = r.GetOverlap().AsDuration()
	}
	rotated, secret, err := s.app.RotateApiClient(ctx, clients.ID(r.GetClientId()), overlap)
	return withSecret(rotated, secret, err)
}

func (s *apiClientService) RevokeApiClient(ctx context.Context, r *partnerv1.RevokeApiClientRequest) (*partnerv1.ApiClient, error) {
	revoked, err := s.app.RevokeApiClient(ctx, clients.ID(r.GetClientId()))
	return answer(clientProto, revoked, err)
}

func (s *apiClientService) ListRevokedClients(ctx context.Context, _ *partnerv1.ListRevokedClientsRequest) (*partnerv1.ListRevokedClientsResponse, error) {
	revoked, err := s.app.ListRevokedClients(ctx)
	if err != nil {
		return nil, err
	}
	return &partnerv1.ListRevokedClientsResponse{ClientIds: texts(revoked)}, nil
}

func withSecret(c clients.Client, secret string, err error) (*partnerv1.ApiClientSecret, error) {
	if err != nil {
		return nil, err
	}
	return &partnerv1.ApiClientSecret{ApiClient: clientProto(c), ClientSecret: secret}, nil
}

func clientProto(c clients.Client) *partnerv1.ApiClient {
	return &partnerv1.ApiClient{
		ClientId:    string(c.ID),
		PartnerId:   string(c.PartnerID),
		Service:     c.Service,
		DisplayName: c.DisplayName,
		Scopes:      texts(c.Scopes),
		Revoked:     c.Revoked(),
		Secrets:     each(c.Secrets, secretProto),
		Etag:        c.Revision.Etag(),
		CreateTime:  instant(c.CreateTime),
		RevokeTime:  instant(c.RevokeTime),
	}
}

func secretProto(s clients.Secret) *partnerv1.SecretInfo {
	return &partnerv1.SecretInfo{Hint: s.Hint, CreateTime: instant(s.CreateTime), ExpireTime: instant(s.ExpireTime)}
}

func scopesFrom(wanted []string) []clients.Scope {
	scopes := make([]clients.Scope, len(wanted))
	for i, scope := range wanted {
		scopes[i] = clients.Scope(scope)
	}
	return scopes
}

func texts[T ~string](words []T) []string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return all
}
