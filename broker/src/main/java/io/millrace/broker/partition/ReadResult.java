package io.millrace.broker.partition;

import io.millrace.broker.log.AbortedTransaction;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.record.Records;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What a read of one partition gives. */
public sealed interface ReadResult {

    /**
     * @param records whole batches from the one that holds the offset on, except that the last may
     *     be cut; empty if there is nothing yet
     * @param aborted transactions among the records that do not count, in order of their first
     *     offset; empty where uncommitted records are read
     * @param cold the bytes are far behind the end: warm them with {@link ColdReads} before they go
     *     to a socket, or the network thread waits for the disk
     */
    record Data(
            Records records,
            long highWatermark,
            long lastStableOffset,
            long logStartOffset,
            List<AbortedTransaction> aborted,
            boolean cold)
            implements ReadResult {
        public Data {
            aborted = List.copyOf(aborted);
        }
    }

    /** Below the log start or beyond the log end. */
    record OutOfRange(long logStartOffset, long highWatermark, long logEndOffset)
            implements ReadResult {}

    /** This broker does not lead the partition any more, or the partition was removed. */
    record NotLeader(int leaderEpoch) implements ReadResult {}

    /** The log is being opened; read again when the future completes. */
    record Loading(CompletableFuture<Void> loaded) implements ReadResult {}

    record Failed(ErrorCode error, String message) implements ReadResult {}
}
