package io.millrace.broker.partition;

/**
 * How far the in-sync replicas have the log: what the high watermark follows. Called by the
 * partition's owner only. With one replica the answer is how far this broker has it; replication
 * puts its own implementation here.
 */
public interface InSyncReplicas {

    /** Replicas that are in sync, this broker included. */
    int size();

    /**
     * Offset before which every in-sync replica has everything.
     *
     * @param localEndOffset how far this broker has it: written, or on the device with {@code
     *     flush.on.ack}
     */
    long commonEndOffset(long localEndOffset);

    /** This broker is the only replica. */
    static InSyncReplicas alone() {
        return new InSyncReplicas() {
            @Override
            public int size() {
                return 1;
            }

            @Override
            public long commonEndOffset(long localEndOffset) {
                return localEndOffset;
            }
        };
    }
}
