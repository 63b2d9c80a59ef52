// Package main is the partner service as a program; --help lists its settings.
package main

import (
	"os"

	"github.com/holdfast-channel/holdfast/services/partner"
	"github.com/holdfast-channel/holdfast/services/platform/env"
)

func main() { os.Exit(env.Main("partner", partner.Run)) }
