//go:build !linux

package pgcluster

import "syscall"

// endWithParent does nothing: only Linux tells a child of its parent's death.
// A server that outlives a killed parent is met by the next Start as ErrInUse.
func endWithParent(*syscall.SysProcAttr) {}
