package allinone_test

import (
	"os"
	"testing"

	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// shared is the Holdfast that all tests of this package call.
var shared e2e.Shared

func TestMain(m *testing.M) { os.Exit(shared.Run(m)) }
