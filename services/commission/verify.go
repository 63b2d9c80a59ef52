package commission

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/holdfast-channel/holdfast/services/commission/internal/finance"
	"github.com/holdfast-channel/holdfast/services/commission/internal/postgres"
	"github.com/holdfast-channel/holdfast/services/commission/internal/seal"
	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/pg"
)

// ErrUnsound is returned by Verify for a ledger that was tampered with.
var ErrUnsound = errors.New("the ledger is not sound")

// Verify is the command that verifies the ledger without a running service.
var Verify = env.Command{
	Name:  "verify",
	Usage: "[--seal N --digest HEX]",
	Help: "Verifies the ledger and prints what is wrong, one difference a line: its kind, the entry, the seal, what else it is\n" +
		"about (each - where there is none), and a sentence. Exits with 0 if nothing is, and with 1 otherwise. Give number and\n" +
		"digest of a seal that was kept outside, as the last line of an earlier run has them: who could rewrite the database\n" +
		"could rewrite its seals and its event feed, too. Reads the database at COMMISSION_DATABASE_SYSTEM_URL.",
	Run: verify,
}

// verifyConfig is what Verify reads from the environment.
type verifyConfig struct {
	DatabaseSystemURL string `env:"DATABASE_SYSTEM_URL,required" help:"PostgreSQL URL of the role commission_system"`
}

func verify(ctx context.Context, args []string, out io.Writer) error {
	kept, err := keptSeal(args)
	if err != nil {
		return fmt.Errorf("%w: %w", env.ErrUsage, err)
	}
	cfg, err := env.Load[verifyConfig]("COMMISSION_")
	if err != nil {
		return fmt.Errorf("%w: %w", env.ErrUsage, err)
	}
	db, err := pg.Open(ctx, pg.Config{AppURL: cfg.DatabaseSystemURL, SystemURL: cfg.DatabaseSystemURL, MaxConns: 1})
	if err != nil {
		return err
	}
	defer db.Close()
	return printVerification(ctx, finance.New(finance.Parts{Store: postgres.New(db), Now: time.Now, Zone: time.UTC}), kept, out)
}

func keptSeal(args []string) (finance.KeptSeal, error) {
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	number := flags.Int64("seal", 0, "")
	digest := flags.String("digest", "", "")
	if err := flags.Parse(args); err != nil {
		return finance.KeptSeal{}, err
	}
	if flags.NArg() > 0 {
		return finance.KeptSeal{}, fmt.Errorf("unknown argument %q", flags.Arg(0))
	}
	return finance.ReadKeptSeal(*number, *digest)
}

func printVerification(ctx context.Context, f *finance.App, kept finance.KeptSeal, out io.Writer) error {
	or := func(text string) string {
		if text == "" {
			return "-"
		}
		return text
	}
	v, err := f.VerifyLedger(ctx, kept, func(f seal.Finding) {
		number := ""
		if f.Seal > 0 {
			number = fmt.Sprint(f.Seal)
		}
		_, _ = fmt.Fprintf(out, "%s %s %s %s %s\n", f.Fault, or(f.EntryID), or(number), or(f.Subject), f.Detail)
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%d entries, %d seals, %d differences; last seal %d %s\n", v.Entries, v.Seals, v.Findings, v.Last.Number, or(v.Last.Hex()))
	if err == nil && !v.Sound() {
		err = ErrUnsound
	}
	return err
}
