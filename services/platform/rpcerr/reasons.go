package rpcerr

import "github.com/holdfast-channel/holdfast/services/platform/fault"

// The refusals of the plumbing itself, before and around every method.
var (
	Unauthenticated  = fault.New("UNAUTHENTICATED", "the call carries no valid token")
	PermissionDenied = fault.New("PERMISSION_DENIED", "this kind of caller may not use this method")
	ScopeMissing     = fault.New("SCOPE_MISSING", "the token lacks the scope that the method needs")
	HumanRequired    = fault.New("HUMAN_REQUIRED", "only a person may take this decision")
	RequestInvalid   = fault.New("REQUEST_INVALID", "the request does not have the shape that the contract asks for")
	TooLarge         = fault.New("REQUEST_TOO_LARGE", "the request or its answer is larger than allowed")
	DeadlineExceeded = fault.New("DEADLINE_EXCEEDED", "the answer took longer than the deadline")
	Cancelled        = fault.New("CANCELLED", "the caller gave the call up")
	Unavailable      = fault.New("UNAVAILABLE", "a part of the system can't be reached just now")
	Unimplemented    = fault.New("UNIMPLEMENTED", "there is no such method")
	Internal         = fault.New("INTERNAL", "something went wrong on our side")
)
