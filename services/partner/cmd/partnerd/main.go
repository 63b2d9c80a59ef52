// Command partnerd runs the partner service; --help lists its settings.
package main

import (
	"os"

	"github.com/holdfast-channel/holdfast/services/partner"
	"github.com/holdfast-channel/holdfast/services/platform/env"
)

func main() { os.Exit(env.Main("partner", partner.Run)) }
