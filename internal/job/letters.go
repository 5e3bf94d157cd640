package job

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"tidemark.dev/internal/deadletter"
	"tidemark.dev/internal/epochlog"
	"tidemark.dev/internal/flow"
)

// Rows that operators set aside wait in their stages for the barrier, go with the tasks' parts of
// the epoch into the pipeline's store, and the position behind them into the epoch's
// record, under a name that no sink has.
const lettersName = "$letters"

// manyLetters is how many bytes of them may wait in a stage before an epoch is asked for.
const manyLetters = 4 << 20

// What is kept of rows set aside, unless the user says otherwise.
const (
	keepLettersFor = 7 * 24 * time.Hour
	keepLetters    = 1 << 30
)

// openLetters opens the store at the position of the epoch that is restored, or of the run's beginning.
func (a *attempt) openLetters(last *epochlog.Record) (err error) {
	p := a.p
	if p.letterDir == "" || p.journal == nil {
		return nil
	}
	at := p.letterStart
	if last != nil {
		i := slices.IndexFunc(last.Tickets, func(t epochlog.Ticket) bool { return t.Sink == lettersName })
		if i < 0 {
			return fmt.Errorf("epoch %d does not say which rows were set aside: it is of another version of tidemark; start anew with --fresh", last.Epoch)
		}
		if at, err = deadletter.ParsePosition(last.Tickets[i].Data); err != nil {
			return fmt.Errorf("epoch %d: %w", last.Epoch, err)
		}
	}
	a.letters, err = deadletter.Open(p.fs, p.letterDir, deadletter.Limits{Retention: keepLettersFor, Bytes: keepLetters}, at)
	return err
}

// setAside keeps a letter in its stage; called from the stage's task.
func (a *attempt) setAside(s *flow.Stage, l *deadletter.Letter) {
	if n := s.SetAside(l); n > manyLetters && n-len(l.Row) <= manyLetters {
		a.wantEpoch(0)
	}
}

// lettersOf are the letters in the parts of an epoch.
func (a *attempt) lettersOf(n uint64) (list []byte) {
	for _, ack := range a.acks[n] {
		list = append(list, ack.Letters...)
	}
	return list
}

// keepLetters makes letters durable, and enters in the record where they end.
func (a *attempt) keepLetters(letters []byte, r *epochlog.Record) (at deadletter.Position, err error) {
	if a.letters == nil {
		return at, nil
	}
	if len(letters) > 0 {
		Step("letters")
	}
	at, err = a.letters.Append(letters, a.p.world.Now())
	if errors.Is(err, deadletter.ErrFull) {
		err = fmt.Errorf("%w: %s has reached its %d MiB; read and remove it with `tidemark dlq`, then run the script again: it goes on where it stands",
			err, a.p.letterDir, keepLetters>>20)
	}
	r.Tickets = append(slices.Clone(r.Tickets), epochlog.Ticket{Sink: lettersName, Data: at.Encode()})
	return at, err
}
