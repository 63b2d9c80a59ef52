// Package onetime makes the secrets of links that are sent to people who have
// no account.
//
// A token is minted right before it is handed over, and only its hash is kept.
// It prints as nothing of use, so that it gets into no log by accident.
package onetime

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// Entropy is what a token is made of.
type Entropy [32]byte

// Mint returns a new token.
func Mint() Token {
	var e Entropy
	_, _ = rand.Read(e[:]) // never fails: it ends the program instead
	return e.Token()
}

// Token is the one-time secret of a link. Reveal is for the mail.
type Token struct{ text string }

// Token returns e as a token.
func (e Entropy) Token() Token { return Token{base64.RawURLEncoding.EncodeToString(e[:])} }

// Read returns the token that somebody presents.
func Read(text string) Token { return Token{text} }

// Reveal returns the token's text.
func (t Token) Reveal() string { return t.text }

// String hides the token.
func (Token) String() string { return "(token)" }

// GoString hides it too.
func (Token) GoString() string { return "(token)" }

// Hash is all that is stored of a token. Its entropy makes a plain hash enough.
func (t Token) Hash() Hash { return sha256.Sum256([]byte(t.text)) }

// Hash is the SHA-256 of a token.
type Hash [sha256.Size]byte
