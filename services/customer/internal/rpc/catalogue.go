package rpc

import (
	"context"

	customerv1 "github.com/holdfast-channel/holdfast/gen/holdfast/customer/v1"
	"github.com/holdfast-channel/holdfast/services/customer/internal/app"
	"github.com/holdfast-channel/holdfast/services/customer/internal/catalogue"
)

type catalogueService struct {
	customerv1.UnimplementedCatalogueServiceServer
	app *app.App
}

func (s *catalogueService) CreateProductFamily(ctx context.Context, r *customerv1.CreateProductFamilyRequest) (*customerv1.ProductFamily, error) {
	created, err := s.app.CreateProductFamily(ctx, catalogue.Family{
		ID: catalogue.FamilyID(r.GetProductFamily().GetFamilyId()), Name: r.GetProductFamily().GetDisplayName(),
	})
	return answer(familyProto, created, within("product_family", err))
}

func (s *catalogueService) ListProductFamilies(ctx context.Context, _ *customerv1.ListProductFamiliesRequest) (*customerv1.ListProductFamiliesResponse, error) {
	found, err := s.app.ListProductFamilies(ctx)
	if err != nil {
		return nil, err
	}
	return &customerv1.ListProductFamiliesResponse{ProductFamilies: each(found, familyProto)}, nil
}

func familyProto(f catalogue.Family) *customerv1.ProductFamily {
	return &customerv1.ProductFamily{FamilyId: string(f.ID), DisplayName: f.Name}
}

func (s *catalogueService) CreateProduct(ctx context.Context, r *customerv1.CreateProductRequest) (*customerv1.Product, error) {
	p := r.GetProduct()
	created, err := s.app.CreateProduct(ctx, catalogue.Product{
		ID: catalogue.ProductID(p.GetProductId()), Name: p.GetDisplayName(), Family: catalogue.FamilyID(p.GetFamilyId()), Description: p.GetDescription(),
	})
	return answer(productProto, created, within("product", err))
}

func (s *catalogueService) GetProduct(ctx context.Context, r *customerv1.GetProductRequest) (*customerv1.Product, error) {
	found, err := s.app.GetProduct(ctx, catalogue.ProductID(r.GetProductId()))
	return answer(productProto, found, err)
}

func (s *catalogueService) ListProducts(ctx context.Context, r *customerv1.ListProductsRequest) (*customerv1.ListProductsResponse, error) {
	found, err := s.app.ListProducts(ctx, catalogue.FamilyID(r.GetFamilyId()))
	if err != nil {
		return nil, err
	}
	return &customerv1.ListProductsResponse{Products: each(found, productProto)}, nil
}

func productProto(p catalogue.Product) *customerv1.Product {
	return &customerv1.Product{
		ProductId: string(p.ID), DisplayName: p.Name, FamilyId: string(p.Family), Description: p.Description, CreateTime: instant(p.CreateTime),
	}
}
