package pgcluster

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// ErrUnreachable is returned when root asks for a data folder in a place that
// the server's unprivileged user may not enter.
var ErrUnreachable = errors.New("the data folder is out of reach for the user that PostgreSQL must run as")

// account is the user the server runs as: the zero value for ourselves.
type account struct {
	name     string
	uid, gid uint32
	dropped  bool
}

// accountFor returns the account for a server on dir. Only root has a choice:
// the owner of an existing folder first, so that a folder made without root
// stays usable with and without it.
func accountFor(dir string) (account, error) {
	if os.Geteuid() != 0 {
		return account{}, nil
	}
	if info, err := os.Stat(filepath.Join(dir, "PG_VERSION")); err == nil {
		if owner := info.Sys().(*syscall.Stat_t); owner.Uid != 0 {
			return account{name: "number " + strconv.Itoa(int(owner.Uid)), uid: owner.Uid, gid: owner.Gid, dropped: true}, nil
		}
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			return accountOf(u)
		}
	}
	return account{}, errors.New("PostgreSQL refuses to run as root, and there is neither a user postgres nor a user nobody to run it as")
}

func accountOf(u *user.User) (account, error) {
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("user %s: %w", u.Username, err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("group of user %s: %w", u.Username, err)
	}
	return account{name: u.Username, uid: uint32(uid), gid: uint32(gid), dropped: true}, nil
}

// own gives dir to the account.
func (a account) own(dir string) error {
	if !a.dropped {
		return nil
	}
	return os.Chown(dir, int(a.uid), int(a.gid))
}

// reaches returns ErrUnreachable when a parent of dir shuts the account out.
func (a account) reaches(dir string) error {
	if !a.dropped {
		return nil
	}
	for parent := filepath.Dir(dir); ; parent = filepath.Dir(parent) {
		info, err := os.Stat(parent)
		if err != nil {
			return err
		}
		if !a.mayEnter(info) {
			return fmt.Errorf("%w: user %s may not enter %s, the parent of %s; choose another place", ErrUnreachable, a.name, parent, dir)
		}
		if parent == filepath.Dir(parent) {
			return nil
		}
	}
}

func (a account) mayEnter(dir os.FileInfo) bool {
	owner := dir.Sys().(*syscall.Stat_t)
	switch {
	case owner.Uid == a.uid:
		return dir.Mode()&0o100 != 0
	case owner.Gid == a.gid:
		return dir.Mode()&0o010 != 0
	default:
		return dir.Mode()&0o001 != 0
	}
}

// attributes makes a child of ours run as the account, in a process group of
// its own: Ctrl-C is for us, who end the server when nobody needs it any more.
func (a account) attributes() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if a.dropped {
		attr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	endWithParent(attr)
	return attr
}
