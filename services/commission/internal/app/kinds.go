package app

import "github.com/holdfast-channel/holdfast/services/commission/internal/postgres"

// RenewalFilter says which renewals to look at.
type RenewalFilter = postgres.RenewalFilter

// RenewalKey is where a page of renewals ended.
type RenewalKey = postgres.RenewalKey

// SubmissionFilter says which submissions to list.
type SubmissionFilter = postgres.SubmissionFilter

// QuoteFilter says which quotes to list.
type QuoteFilter = postgres.QuoteFilter
