module github.com/holdfast-channel/holdfast/services/gateway

go 1.26.0

require (
	github.com/holdfast-channel/holdfast/gen v0.0.0
	github.com/holdfast-channel/holdfast/services/platform v0.0.0
)

replace (
	github.com/holdfast-channel/holdfast/gen => ../../gen
	github.com/holdfast-channel/holdfast/services/platform => ../platform
)
