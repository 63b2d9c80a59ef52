package stories

import (
	"os"
	"testing"

	"github.com/holdfast-channel/holdfast/services/allinone/internal/e2e"
)

// shared is the Holdfast that all stories are played against, on a clock that
// their dates set.
var shared e2e.Shared

func TestMain(m *testing.M) { os.Exit(shared.Run(m)) }
