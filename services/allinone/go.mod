module github.com/holdfast-channel/holdfast/services/allinone

go 1.26.0

require (
	github.com/holdfast-channel/holdfast/gen v0.0.0
	github.com/holdfast-channel/holdfast/services/commission v0.0.0
	github.com/holdfast-channel/holdfast/services/customer v0.0.0
	github.com/holdfast-channel/holdfast/services/gateway v0.0.0
	github.com/holdfast-channel/holdfast/services/partner v0.0.0
	github.com/holdfast-channel/holdfast/services/platform v0.0.0
)

replace (
	github.com/holdfast-channel/holdfast/gen => ../../gen
	github.com/holdfast-channel/holdfast/services/commission => ../commission
	github.com/holdfast-channel/holdfast/services/customer => ../customer
	github.com/holdfast-channel/holdfast/services/gateway => ../gateway
	github.com/holdfast-channel/holdfast/services/partner => ../partner
	github.com/holdfast-channel/holdfast/services/platform => ../platform
)
