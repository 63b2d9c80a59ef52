package app

import "github.com/holdfast-channel/holdfast/services/commission/internal/postgres"

// What lists are asked by and continued from, for callers that know no
// database.
type (
	RenewalFilter    = postgres.RenewalFilter
	RenewalKey       = postgres.RenewalKey
	SubmissionFilter = postgres.SubmissionFilter
	QuoteFilter      = postgres.QuoteFilter
)
