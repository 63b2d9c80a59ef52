package clients

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"time"
)

// Entropy are the random bits of a new secret.
type Entropy [32]byte

// Hash is what is kept of a secret.
type Hash [sha256.Size]byte

// secretPrefix lets scanners of source code recognise a leaked secret.
const secretPrefix = "hfs_"

// Text gives the secret as its owner gets it.
func (e Entropy) Text() string {
	return secretPrefix + base64.RawURLEncoding.EncodeToString(e[:])
}

// LongestSecret and LongestID bound the work that a stranger can cause.
const (
	LongestSecret = 256
	LongestID     = 64
)

// Secret is what is known of a secret. The hash goes nowhere but into the
// database: neither answers nor events have it.
type Secret struct {
	Hash       Hash      `json:"-"`
	Hint       string    `json:"hint"` // the last four characters
	CreateTime time.Time `json:"create_time"`
	ExpireTime time.Time `json:"expire_time"` // zero for the newest
}

// newSecret returns what is kept of a secret with this text.
func newSecret(text string, now time.Time) Secret {
	return Secret{Hash: sha256.Sum256([]byte(text)), Hint: hint(text), CreateTime: now}
}

// hint is the end of a secret, by which its owner tells it from others.
func hint(text string) string { return text[max(0, len(text)-4):] }

// Live reports whether the secret is good at an instant.
func (s Secret) Live(now time.Time) bool {
	return s.ExpireTime.IsZero() || now.Before(s.ExpireTime)
}

// match reports whether text is one of the client's live secrets. It takes the
// same time for every wrong text, and about as long for a client that does not
// exist as for one that does.
func (c Client) match(text string, now time.Time) bool {
	given := Hash(sha256.Sum256([]byte(text[:min(len(text), LongestSecret+1)])))
	found := 0
	for i := range mostSecrets {
		var kept Hash
		live := 0
		if i < len(c.Secrets) {
			kept = c.Secrets[i].Hash
			if c.Secrets[i].Live(now) {
				live = 1
			}
		}
		found |= live & subtle.ConstantTimeCompare(given[:], kept[:])
	}
	return found == 1 && len(text) <= LongestSecret
}
