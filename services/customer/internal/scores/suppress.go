package scores

// Suppress says which rows of a table may be shown, when their total is shown
// too. ns are the answers of the rows, which are the total's. Rows below the
// minimum are hidden. If all of these together are fewer than the minimum, the
// total minus the shown rows would tell about them: then the smallest shown row
// is hidden as well, of equals the last.
func (p Policy) Suppress(ns []int64) []bool {
	shown := make([]bool, len(ns))
	var rest int64
	for i, n := range ns {
		shown[i] = n >= p.Minimum
		if !shown[i] {
			rest += n
		}
	}
	if rest == 0 || rest >= p.Minimum {
		return shown
	}
	if i := smallest(ns, shown); i >= 0 {
		shown[i] = false
	}
	return shown
}

// smallest is the index of the smallest shown row, or -1.
func smallest(ns []int64, shown []bool) int {
	found := -1
	for i, n := range ns {
		if shown[i] && (found < 0 || n <= ns[found]) {
			found = i
		}
	}
	return found
}
