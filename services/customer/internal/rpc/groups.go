package rpc

import (
	"context"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/customers"
	"github.com/holdfast-channel/holdfast/services/platform/page"
)

func (s *customerService) CreateGroup(ctx context.Context, r *customerv1.CreateGroupRequest) (*customerv1.Group, error) {
	created, err := s.app.CreateGroup(ctx, r.GetGroup().GetDisplayName())
	return answer(groupProto, created, within("group", err))
}

func (s *customerService) GetGroup(ctx context.Context, r *customerv1.GetGroupRequest) (*customerv1.Group, error) {
	found, err := s.app.GetGroup(ctx, customers.GroupID(r.GetGroupId()))
	return answer(groupProto, found, err)
}

func (s *customerService) ListGroups(ctx context.Context, r *customerv1.ListGroupsRequest) (*customerv1.ListGroupsResponse, error) {
	var after app.GroupKey
	size, err := page.Begin(r, &after)
	if err != nil {
		return nil, err
	}
	found, err := s.app.ListGroups(ctx, after, size+1)
	if err != nil {
		return nil, err
	}
	found, next := page.Cut(r, found, size, func(g customers.Group) any { return app.GroupKey{Name: g.Name, ID: g.ID} })
	return &customerv1.ListGroupsResponse{Groups: each(found, groupProto), NextPageToken: next}, nil
}

func groupProto(g customers.Group) *customerv1.Group {
	members := make([]string, len(g.Members))
	for i, id := range g.Members {
		members[i] = string(id)
	}
	return &customerv1.Group{GroupId: string(g.ID), DisplayName: g.Name, CustomerIds: members, CreateTime: instant(g.CreateTime)}
}
