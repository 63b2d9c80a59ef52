package rpcerr

import (
	"context"
	"errors"
	"net"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/holdfast-channel/holdfast/services/platform/fault"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// foreign classifies an error that no rule made. What it can't place is
// INTERNAL.
func foreign(err error) *fault.Error {
	switch {
	case errors.Is(err, pg.ErrCommitUnknown): // the same key tells the outcome
		return Unavailable
	case errors.Is(err, context.DeadlineExceeded):
		return DeadlineExceeded
	case errors.Is(err, context.Canceled):
		return Cancelled
	}
	var sql interface{ SQLState() string }
	if errors.As(err, &sql) {
		return ofSQLState(sql.SQLState())
	}
	if s, ok := status.FromError(err); ok {
		return ofCode(s.Code())
	}
	var network net.Error
	if errors.As(err, &network) {
		return Unavailable
	}
	return Internal
}

// ofSQLState places the errors that PostgreSQL raises about its own state. A
// violated constraint that gets here was not foreseen and is our mistake.
func ofSQLState(state string) *fault.Error {
	if state == "57014" { // query_canceled, by a statement timeout
		return DeadlineExceeded
	}
	if state == "22021" { // gRPC admits UTF-8 only, of which PostgreSQL stores all but one character
		return RequestInvalid.Because("a text holds the character NUL; leave it out")
	}
	if len(state) != 5 {
		return Internal
	}
	switch state[:2] {
	case "08", "53", "57", "40": // connection, resources, shutdown, and conflicts beyond the retries
		return Unavailable
	}
	switch state {
	case "25006", "55P03": // a standby after a failover, a lock that others hold too long
		return Unavailable
	}
	return Internal
}

// ofCode places a status without a reason: grpc-go's own, or a foreign one.
func ofCode(code codes.Code) *fault.Error {
	switch code {
	case codes.Canceled:
		return Cancelled
	case codes.DeadlineExceeded:
		return DeadlineExceeded
	case codes.Unavailable:
		return Unavailable
	case codes.Unimplemented:
		return Unimplemented
	case codes.ResourceExhausted: // a message beyond the limits
		return TooLarge
	}
	return Internal
}
