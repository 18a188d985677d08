package io.millrace.clients;

/**
 * A log lost records that this consumer had read already, because a leader without them was
 * elected. {@code seek} decides where to go on.
 */
public final class LogTruncatedException extends ClientException {
    private static final long serialVersionUID = 1L;

    private final transient TopicPartition partition;
    private final long endOffset;

    public LogTruncatedException(TopicPartition partition, long position, long endOffset) {
        super(
                "%s: read up to offset %d, but the log now diverges at %d; seek to go on"
                        .formatted(partition, position, endOffset));
        this.partition = partition;
        this.endOffset = endOffset;
    }

    public TopicPartition partition() {
        return partition;
    }

    /** Offset up to which the log is as it was read. */
    public long endOffset() {
        return endOffset;
    }
}
