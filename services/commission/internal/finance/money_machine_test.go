package finance_test

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestMoney_IsWhereTheRulesSayWhateverHappens lets facts, people, the bank and
// the clock do what they can in any order, on a real database, and holds what comes
// of it against an independent model after each step: every account on two days,
// every statement, its lines and its number, and at the end of a run every day and
// the ledger's own verification. See package moneymodel for the rules.
//
// `make test` takes some hundred steps, `make test-long` 100,000. How many a run
// takes is rapid's to draw, so there are as many runs as it needs.
func TestMoney_IsWhereTheRulesSayWhateverHappens(t *testing.T) {
	unlessAsked(t, "rapid.checks", "4")
	unlessAsked(t, "rapid.steps", "300")
	steps, met := tally{}, tally{}
	runs := 0
	for steps.total() < *moneySteps {
		rapid.Check(t, func(rt *rapid.T) {
			runs++
			walk(t, rt, steps, met)
		})
		anotherSeed(t)
		t.Logf("%d steps in %d runs", steps.total(), runs)
	}
	t.Logf("what the runs have met: %s", met)
	t.Logf("steps by kind: %s", steps)
}

var moneySteps = flag.Int("money.steps", 500, "how many random steps to take along the money path, at least")

// walk is one run.
func walk(t *testing.T, rt *rapid.T, steps, met tally) {
	t.Helper()
	m := newMoney(t, rt)
	defer m.end()
	actions := map[string]func(*rapid.T){}
	for name, act := range m.actions() {
		actions[name] = func(rt *rapid.T) {
			m.rt, m.run.rt = rt, rt
			act()
			kind, _, _ := strings.Cut(name, " ")
			steps[kind]++
		}
	}
	actions[""] = func(rt *rapid.T) {
		m.rt, m.run.rt = rt, rt
		m.check()
	}
	rt.Repeat(actions)
	m.checkAll()
	m.countInto(met)
}

// anotherSeed makes rapid go on elsewhere, if it was given a seed to begin with.
func anotherSeed(t *testing.T) {
	t.Helper()
	given := flag.Lookup("rapid.seed").Value
	seed, err := strconv.ParseUint(given.String(), 10, 64)
	if err == nil && seed != 0 {
		err = given.Set(strconv.FormatUint(seed+1_000_000, 10))
	}
	must(t, err)
}

// tally counts by name.
type tally map[string]int

func (n tally) total() (all int) {
	for _, count := range n {
		all += count
	}
	return all
}

func (n tally) String() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(n)) {
		parts = append(parts, fmt.Sprintf("%s %d", name, n[name]))
	}
	return strings.Join(parts, ", ")
}

// unlessAsked sets a flag of rapid for a test, unless the command line has it.
func unlessAsked(t *testing.T, name, value string) {
	t.Helper()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == name })
	if asked {
		return
	}
	was := flag.Lookup(name).Value.String()
	if err := flag.Lookup(name).Value.Set(value); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = flag.Lookup(name).Value.Set(was) }) // it was valid
}

// actions are what may happen. Several entries make one likelier, and so does
// being the first; steps are counted by the first word.
func (m *machine) actions() map[string]func() {
	return map[string]func(){
		"batch": m.tellsBatch, "bill": m.bills, "bill 2": m.bills, "pay": m.pays, "pay 2": m.pays, "pay 3": m.pays,
		"reverse": m.takesBack, "credit": m.credits, "credit 2": m.credits, "replay": m.replays, "reuse": m.reuses,
		"order": m.orders, "renew": m.renews, "renew 2": m.renews, "seats": m.adds, "seats 2": m.adds, "transfer": m.transfers, "transfer 2": m.transfers, "rule": m.rules, "rule 2": m.rules,
		"day": m.passDay, "days": m.passDays, "days 2": m.passDays, "month": m.passMonth, "month 2": m.passMonth, "close": m.closes,
		"dispute": m.disputes, "dispute 2": m.disputes, "resolve": m.decidesDispute, "write": m.adjusts, "undo": m.reverses,
		"propose": m.proposes, "propose 2": m.proposes, "sign": m.approves, "sign 2": m.approves, "sign 3": m.approves, "drop": m.cancels,
		"result": m.answers, "result 2": m.answers, "result 3": m.answers, "export": m.exports, "seal": m.seals,
		"terms": m.agrees, "print": m.prints,
		"race": m.races,
	}
}
