package io.millrace.broker.controller;

import java.util.List;
import java.util.UUID;

/**
 * The in-sync replicas a leader wants for one of its partitions (KIP-497).
 *
 * @param leaderEpoch epoch the broker leads under
 * @param partitionEpoch epoch of the partition's state that the wish rests on
 */
public record IsrChange(
        UUID topicId, int index, int leaderEpoch, int partitionEpoch, List<Member> isr) {
    public IsrChange {
        isr = List.copyOf(isr);
    }

    /**
     * A replica that shall be in sync.
     *
     * @param brokerEpoch registration under which it caught up (KIP-903); {@link #ANY_EPOCH} if the
     *     leader does not know it
     */
    public record Member(int brokerId, long brokerEpoch) {
        public static final long ANY_EPOCH = -1;
    }
}
