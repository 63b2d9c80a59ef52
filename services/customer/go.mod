module github.com/holdfast-channel/holdfast/services/customer

go 1.26.0

require (
	github.com/google/go-cmp v0.7.0
	github.com/holdfast-channel/holdfast/gen v0.0.0
	github.com/holdfast-channel/holdfast/services/platform v0.0.0
	github.com/jackc/pgx/v5 v5.12.0
	go.uber.org/zap v1.28.0
	golang.org/x/net v0.61.0
	pgregory.net/rapid v1.3.0
)

replace (
	github.com/holdfast-channel/holdfast/gen => ../../gen
	github.com/holdfast-channel/holdfast/services/platform => ../platform
)
