package functions

import "sync"

// memo keeps what was made of texts that are not literals, patterns and paths, for the
// rows to come. Tasks share it.
type memo[T any] struct {
	lock   sync.Mutex
	byText map[string]made[T]
}

type made[T any] struct {
	value T
	err   error
}

// maxMemo is how many are kept; beyond it all are dropped.
const maxMemo = 256

// get answers what make made of text, now or before.
func (m *memo[T]) get(text []byte, make func(string) (T, error)) (T, error) {
	m.lock.Lock()
	defer m.lock.Unlock()
	if x, ok := m.byText[string(text)]; ok {
		return x.value, x.err
	}
	if m.byText == nil || len(m.byText) >= maxMemo {
		m.byText = map[string]made[T]{}
	}
	v, err := make(string(text))
	m.byText[string(text)] = made[T]{v, err}
	return v, err
}
