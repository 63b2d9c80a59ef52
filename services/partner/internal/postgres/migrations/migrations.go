// Package migrations holds the partner service's schema as goose's SQL files.
package migrations

import "embed"

// Files are the migrations, in the order of their numbers.
//
//go:embed *.sql
var Files embed.FS
