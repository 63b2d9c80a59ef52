// Command customerd runs the customer service; --help lists its settings.
package main

import (
	"os"

	"github.com/holdfast-channel/holdfast/services/customer"
	"github.com/holdfast-channel/holdfast/services/platform/env"
)

func main() { os.Exit(env.Main("customer", customer.Run)) }
