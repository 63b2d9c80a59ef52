package auth

import (
	"errors"
	"slices"
	"time"
)

// standing is what every token must hold, whoever issued it. It is read from
// exact names, for issuers may let people choose claims that differ in case.
type standing struct {
	issuer, subject, client, id string
	audience                    []string
	expires, issued, notBefore  time.Time
}

func standingOf(claims map[string]any) standing {
	return standing{
		issuer: text(claims, "iss"), subject: text(claims, "sub"), client: text(claims, "client_id"), id: text(claims, "jti"),
		audience: texts(claims["aud"]),
		expires:  instant(claims, "exp"), issued: instant(claims, "iat"), notBefore: instant(claims, "nbf"),
	}
}

// skew is how far the clock of an issuer may be ahead of ours.
const skew = 10 * time.Second

// check says what is wrong with the claims at this moment.
func (s standing) check(iss *Issuer, now time.Time) error {
	switch {
	case s.issuer != iss.URL:
		return errors.New("issuer differs")
	case !slices.Contains(s.audience, iss.Audience):
		return errors.New("audience differs")
	case !now.Before(s.expires):
		return errors.New("expired")
	case s.issued.IsZero() || s.issued.After(now.Add(skew)):
		return errors.New("issued in the future or never")
	case s.notBefore.After(now.Add(skew)):
		return errors.New("not valid yet")
	}
	return nil
}

// checkProfile applies what RFC 9068 requires beyond that.
func (s standing) checkProfile() error {
	if s.subject == "" || s.client == "" || s.id == "" {
		return errors.New("sub, client_id or jti is missing")
	}
	return nil
}

// text returns the claim if it is a string.
func text(claims map[string]any, name string) string {
	s, _ := claims[name].(string)
	return s
}

// instant returns the claim if it is a number of seconds, else the zero time.
func instant(claims map[string]any, name string) time.Time {
	seconds, ok := claims[name].(float64)
	if !ok || seconds <= 0 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0)
}
