// Command commissiond runs the commission service, or verifies its ledger; --help
// lists its settings.
package main

import (
	"os"

	"github.com/holdfast-channel/holdfast/services/commission"
	"github.com/holdfast-channel/holdfast/services/platform/env"
)

func main() { os.Exit(env.Main("commission", commission.Run, commission.Verify)) }
