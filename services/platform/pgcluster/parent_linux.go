package pgcluster

import "syscall"

// endWithParent has the kernel stop the server when our process ends, however
// it ends.
func endWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGINT }
