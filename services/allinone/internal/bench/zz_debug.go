package bench

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func (s *Stage) Debug(b *testing.B) {
	for i, sc := range s.limits {
		text := strings.ReplaceAll(sc.Text, "\\set", "--")
		n := s.next(b, 1)
		text = strings.ReplaceAll(text, ":n", fmt.Sprint(n))
		text = strings.ReplaceAll(text, "|| "+fmt.Sprint(n), fmt.Sprintf("|| '%d'", n))
		for k := len(sc.Variables) - 1; k >= 0; k-- {
			name := fmt.Sprintf("v%d", k)
			text = strings.ReplaceAll(text, ":"+name, "'"+strings.ReplaceAll(sc.Variables[name], "'", "''")+"'")
		}
		var out strings.Builder
		for _, st := range strings.Split(text, ";\n") {
			st = strings.TrimSpace(st)
			up := strings.ToUpper(st)
			for strings.HasPrefix(st, "--") {
				_, st, _ = strings.Cut(st, "\n")
				up = strings.ToUpper(st)
			}
			if st == "" {
				continue
			}
			if !strings.HasPrefix(up, "BEGIN") && !strings.HasPrefix(up, "SET") && !strings.HasPrefix(up, "COMMIT") {
				out.WriteString("EXPLAIN (ANALYZE, BUFFERS) ")
			}
			out.WriteString(st + ";\n")
		}
		f := fmt.Sprintf("/tmp/hfb/explain%d.sql", i)
		os.WriteFile(f, []byte(out.String()), 0o644)
		o, err := exec.Command("psql", "-h", s.cluster.SocketDir(), "-U", sc.Role, "-f", f, sc.Database+twinSuffix).CombinedOutput()
		os.WriteFile(fmt.Sprintf("/tmp/hfb/explain%d.txt", i), o, 0o644)
		fmt.Println(i, sc.Role, err)
	}
}
