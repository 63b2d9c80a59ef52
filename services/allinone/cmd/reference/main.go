// Command reference writes the pages of the reference that are made from code:
// the settings of every program, and the catalogue of reasons.
//
//	reference FOLDER
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/holdfast-channel/holdfast/services/allinone"
	"github.com/holdfast-channel/holdfast/services/commission"
	"github.com/holdfast-channel/holdfast/services/customer"
	"github.com/holdfast-channel/holdfast/services/gateway"
	"github.com/holdfast-channel/holdfast/services/partner"
	"github.com/holdfast-channel/holdfast/services/platform/env"
	"github.com/holdfast-channel/holdfast/services/platform/rpcerr"
	"github.com/holdfast-channel/holdfast/services/platform/telemetry"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: reference FOLDER")
		os.Exit(2)
	}
	for name, page := range map[string]string{"settings.md": settings(), "reasons.md": reasons()} {
		if err := os.WriteFile(filepath.Join(os.Args[1], name), []byte(page), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// programs are those that are configured by their environment.
var programs = []struct {
	name, prefix string
	config       any
}{
	{"customerd", "CUSTOMER_", struct {
		Service customer.Config
		Log     telemetry.LogConfig
	}{}},
	{"partnerd", "PARTNER_", struct {
		Service partner.Config
		Log     telemetry.LogConfig
	}{}},
	{"commissiond", "COMMISSION_", struct {
		Service commission.Config
		Log     telemetry.LogConfig
	}{}},
	{"gatewayd", "GATEWAY_", struct {
		Service gateway.Config
		Log     telemetry.LogConfig
	}{}},
	{"holdfast (all in one, for a laptop)", "HOLDFAST_", struct {
		Service allinone.Config
		Log     telemetry.LogConfig
	}{}},
}

func settings() string {
	var b strings.Builder
	b.WriteString("# Settings\n\nEvery program is configured by its environment; `--help` prints its part of this page.\n" +
		"`NAME_FILE` may name a file that holds the value of `NAME`, and `" + env.Shared +
		"` may replace a service's prefix for settings that all share.\n")
	for _, p := range programs {
		fmt.Fprintf(&b, "\n## %s\n\n%s", p.name, env.Markdown(p.config, p.prefix))
	}
	return b.String()
}

func reasons() string {
	var b strings.Builder
	b.WriteString("# Reasons\n\nEvery error carries one of these: by REST as `reason` of a problem document (RFC 9457), by gRPC as\n" +
		"`google.rpc.ErrorInfo.reason` with the domain `" + rpcerr.Domain + "`.\n\n" +
		"| reason | gRPC | HTTP | what happened | what to do |\n|---|---|---|---|---|\n")
	for _, e := range rpcerr.Catalogue() {
		fmt.Fprintf(&b, "| `%s` | %s | %d | %s | %s |\n", e.Reason, e.Code, e.HTTPStatus, e.Title, e.Help)
	}
	return b.String()
}
