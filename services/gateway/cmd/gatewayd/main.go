// Command gatewayd is the REST gateway of Holdfast as a process of its own.
package main

import (
	"os"

	"github.com/holdfast-channel/holdfast/services/gateway"
	"github.com/holdfast-channel/holdfast/services/platform/env"
)

func main() { os.Exit(env.Main("gateway", gateway.Run)) }
