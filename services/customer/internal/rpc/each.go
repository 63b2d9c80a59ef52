package rpc

// each converts a list.
func each[T, P any](found []T, to func(T) *P) []*P {
	converted := make([]*P, len(found))
	for i, one := range found {
		converted[i] = to(one)
	}
	return converted
}
