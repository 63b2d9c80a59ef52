// Package rest is the REST door: JSON over HTTP, translated to gRPC by the
// rules that the contracts carry.
//
// It knows neither SQL nor rules of the business. What it adds is what HTTP
// needs: headers for idempotency keys and etags, field names in errors, and
// the token endpoint.
//
// grpc-gateway is used as a client over a connection, so that every
// interceptor of the services runs, and with its unsafe defaults turned off:
// no header of the client becomes metadata, the method can't be overridden by
// a header, unknown parameters are refused, and no error text of the inside
// reaches the outside.
package rest
