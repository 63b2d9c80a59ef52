package ident_test

import (
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/holdfast-channel/holdfast/services/platform/ident"
)

func TestNew_IsPrefixAndTwentySixCharacters(t *testing.T) {
	shape := regexp.MustCompile(`^cus_[0-9a-v]{26}$`)
	if id := ident.New("cus_"); !shape.MatchString(id) {
		t.Errorf("New = %q, want %s", id, shape)
	}
}

func TestNew_SortsInTheOrderOfCreation(t *testing.T) {
	ids := make([]string, 10_000)
	for i := range ids {
		ids[i] = ident.New("evt_")
	}
	if !slices.IsSorted(ids) {
		t.Error("ids made one after the other do not sort so")
	}
}

func TestNew_IsUniqueAcrossGoroutines(t *testing.T) {
	const workers, each = 8, 2_000
	made := make([][]string, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for range each {
				made[w] = append(made[w], ident.New("sub_"))
			}
		})
	}
	wg.Wait()
	all := slices.Concat(made...)
	slices.Sort(all)
	if unique := len(slices.Compact(all)); unique != workers*each {
		t.Errorf("%d ids, %d unique", workers*each, unique)
	}
}

func TestSince_SortsBetweenOldIdsAndNewOnes(t *testing.T) {
	id := ident.New("ent_")
	if older := ident.Since("ent_", time.Hour); older >= id {
		t.Errorf("%s, of an hour ago, does not sort before %s", older, id)
	}
	if newer := ident.Since("ent_", -time.Hour); newer <= id {
		t.Errorf("%s, in an hour, does not sort after %s", newer, id)
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		ident.New("cal_")
	}
}
