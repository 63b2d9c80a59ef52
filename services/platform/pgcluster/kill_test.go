package pgcluster_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// kill ends the server of dir without any chance to tidy up.
func kill(dir string) error {
	notice, err := os.ReadFile(filepath.Join(dir, "postmaster.pid"))
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(string(notice), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		return err
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}
