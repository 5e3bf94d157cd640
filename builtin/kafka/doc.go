// Package kafka reads and writes topics of a Kafka cluster.
//
// # Reading
//
// A split is a partition; its position is the next offset, the offset at which reading
// ends if the table is bounded, and the topic's id. Start and end are resolved once, at
// the first start, and are in the position from the first moment on, before any row:
// a run that is resumed goes on and ends where it would have. See source.go for the
// modes, fetch.go for how records come, reader.go for how they become rows.
//
// # Writing exactly once
//
// All tasks and all kafka tables of a pipeline write an epoch's rows to one cluster in
// one transaction. The transaction also holds the epoch's mark: an offset in a consumer
// group of the pipeline's own, on partition 0 of the (first) table's topic, with the epoch
// as the offset and "tidemark/1 RUN EPOCH" as its metadata. The group is
// "tidemark-PIPELINE-PREFIX" if the user gave a prefix of transactional ids, else
// "tidemark-PIPELINE-RUN".
// Rows and mark become visible together or never, so the mark is the one answer to the
// question which epochs the topic has.
//
// Ids of transactions are "PREFIX-PIPELINE-RUN-n", n from 0 to 2; a fresh start is a new run. An id is used again
// only when its transaction is known to have ended, so up to three epochs are under way:
// one being written, one being prepared, one being committed.
//
// An epoch e, and the crash points (Step) on its way:
//
//  1. The first row after a task's previous barrier begins a transaction on a free id, or
//     joins the one that another task has begun for the same barrier interval.
//     [kafka.written]
//  2. Flush(e): all the task's rows are acknowledged. [kafka.flushed]
//  3. Prepare(e): all tasks have flushed. [kafka.before-mark] The producer id is compared
//     with that at the begin (a client that silently began anew has lost rows), and the
//     mark is added to the transaction. [kafka.marked] The ticket names the id, the
//     producer id and epoch, the group and the run.
//  4. The engine writes the epoch's record, with the ticket, to its log. From here on
//     the epoch must be committed.
//  5. Commit(e): the offsets of sources that read this cluster for a group are added, if
//     there are any. [kafka.before-end] EndTxn is sent. [kafka.after-end] Answered
//     well, e is settled. [kafka.settled] The id is free again when its client has learned of it.
//  6. EndTxn is sent until it is answered; one that had been carried out is answered as if
//     it were new. If the coordinator refuses it, all ids of the pool are taken over by
//     InitProducerID. Then nothing of the run is open or half ended, and the mark is
//     final: e is committed, or rolled back for good, which is connector.ErrRefused.
//
// A start, after a crash at any point:
//
//  1. Each pending ticket, oldest first, is resolved before anything else is asked for its
//     id, since InitProducerID would abort its transaction: if the mark can be read and
//     names the epoch or a later one, it is committed; else 6.
//     [kafka.resolve-before-end, kafka.resolve-after-end, kafka.before-fence]
//  2. All ids are taken over by InitProducerID: what a crash before step 4 left is
//     aborted, and a process that only seemed dead can write no more. [kafka.fenced]
//  3. The mark is read again. If it names an epoch after the one that the pipeline resumes
//     at, the data directory is older than the topic: the pipeline stops. A run that has
//     no mark yet gets one for epoch 0; from then on a mark that is missing, because its
//     group or topic was deleted or has expired, stops the pipeline if the coordinator
//     does not know the answer either.
//
// An epoch without rows has no transaction and no mark, and a ticket of no bytes: the
// mark names the last epoch that has rows.
//
// Errors of Write, Flush and Prepare wrap connector.ErrRefused if rows of epochs that are
// not durable yet were rolled back: the pipeline goes on from its last durable epoch,
// with its ticket pending. An ErrRefused of Commit means that epoch and all after it; an
// ErrRefused of Open means the newest pending one at least.
//
// Readers see rows of an epoch behind rows of another that is open in the same partition
// only when both have ended; that is how Kafka reads committed records.
package kafka
