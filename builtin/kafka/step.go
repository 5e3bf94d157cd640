package kafka

// Step is called at each named step of the exactly-once protocol, from whatever goroutine
// takes it: a seam for tests that stop the process there. It must be set before a table
// is opened.
var Step = func(name string) {}

// The steps, in the order in which an epoch passes them.
const (
	StepWritten          = "kafka.written"            // rows were handed to a transaction
	StepFlushed          = "kafka.flushed"            // a task's rows of the epoch are acknowledged
	StepBeforeMark       = "kafka.before-mark"        // all tasks have flushed
	StepMarked           = "kafka.marked"             // the mark is in the transaction
	StepBeforeEnd        = "kafka.before-end"         // the epoch is durable
	StepAfterEnd         = "kafka.after-end"          // the coordinator has answered
	StepSettled          = "kafka.settled"            // the id may be used again
	StepResolveBeforeEnd = "kafka.resolve-before-end" // a commit is to be sent again
	StepResolveAfterEnd  = "kafka.resolve-after-end"
	StepBeforeFence      = "kafka.before-fence" // pending epochs are settled
	StepFenced           = "kafka.fenced"       // all ids are taken over
)

// Steps lists all of them, for harnesses that count.
var Steps = []string{
	StepWritten, StepFlushed, StepBeforeMark, StepMarked, StepBeforeEnd, StepAfterEnd, StepSettled,
	StepResolveBeforeEnd, StepResolveAfterEnd, StepBeforeFence, StepFenced,
}
