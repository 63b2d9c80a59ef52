module github.com/holdfast-channel/holdfast/services/allinone

go 1.26.0

require (
	github.com/google/go-cmp v0.7.0
	github.com/holdfast-channel/holdfast/gen v0.0.0
	github.com/holdfast-channel/holdfast/services/platform v0.0.0
	github.com/lestrrat-go/jwx/v3 v3.3.0
	google.golang.org/grpc v1.85.0
	google.golang.org/protobuf v1.36.12
)

require (
	buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go v1.36.12-20260825204119-511051f7f437.2 // indirect
	github.com/decred/dcrd/dcrec/secp256k1/v4 v4.4.1 // indirect
	github.com/goccy/go-json v0.10.6 // indirect
	github.com/grpc-ecosystem/grpc-gateway/v2 v2.32.0 // indirect
	github.com/jackc/pgx/v5 v5.12.0 // indirect
	github.com/lestrrat-go/blackmagic v1.0.4 // indirect
	github.com/lestrrat-go/dsig v1.4.0 // indirect
	github.com/lestrrat-go/dsig-secp256k1 v1.0.0 // indirect
	github.com/lestrrat-go/httpcc v1.0.1 // indirect
	github.com/lestrrat-go/httprc/v3 v3.0.6 // indirect
	github.com/lestrrat-go/option/v2 v2.0.0 // indirect
	github.com/segmentio/asm v1.2.1 // indirect
	github.com/valyala/fastjson v1.6.10 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/net v0.61.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
	google.golang.org/genproto/googleapis/api v0.0.0-20261012220534-4341edf3f941 // indirect
	google.golang.org/genproto/googleapis/rpc v0.0.0-20261005182115-fad411399dd8 // indirect
)

replace (
	github.com/holdfast-channel/holdfast/gen => ../../gen
	github.com/holdfast-channel/holdfast/services/commission => ../commission
	github.com/holdfast-channel/holdfast/services/customer => ../customer
	github.com/holdfast-channel/holdfast/services/gateway => ../gateway
	github.com/holdfast-channel/holdfast/services/partner => ../partner
	github.com/holdfast-channel/holdfast/services/platform => ../platform
)
