module github.com/holdfast-channel/holdfast/services/commission

go 1.26.0

require (
	github.com/google/go-cmp v0.7.0
	github.com/holdfast-channel/holdfast/gen v0.0.0
	github.com/holdfast-channel/holdfast/services/platform v0.0.0
	github.com/riverqueue/river v0.51.1
	github.com/riverqueue/river/riverdriver v0.51.1
	github.com/riverqueue/river/riverdriver/riverpgxv5 v0.51.1
	github.com/riverqueue/river/rivershared v0.51.1
	github.com/riverqueue/river/rivertype v0.51.1
	golang.org/x/tools v0.52.0
	pgregory.net/rapid v1.3.0
)

replace (
	github.com/holdfast-channel/holdfast/gen => ../../gen
	github.com/holdfast-channel/holdfast/services/platform => ../platform
)
