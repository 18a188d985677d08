package io.millrace.simulation.history;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Arguments of an operation of a client. A partition is named {@code topic-3}; every value is
 * written at most once in a history, so a value names its send. A session is one life of one
 * producer (from its InitProducerId) or of one reader (from its assignment); sessions are named
 * uniquely.
 */
public sealed interface Call extends Body {

    /**
     * One record, acks=all.
     *
     * @param session of the producer; its sends to one partition are in order of their invocation
     * @param idempotent whether the broker must remove duplicates and keep the order of the session
     * @param transaction it belongs to, or null
     */
    record Send(
            String partition,
            String value,
            String session,
            boolean idempotent,
            @Nullable String transaction)
            implements Call {
        public Send {
            Objects.requireNonNull(partition, "partition");
            Objects.requireNonNull(value, "value");
            Objects.requireNonNull(session, "session");
        }
    }

    /** InitProducerId: a new session of a transactional id, which fences its earlier sessions. */
    record Init(String transactionalId, String session) implements Call {}

    /** Offsets of a group as part of a transaction. */
    record TransactionOffsets(
            String transaction, String session, String group, Map<String, Long> offsets)
            implements Call {
        public TransactionOffsets {
            offsets = Map.copyOf(offsets);
        }
    }

    /** EndTxn. */
    record End(String transaction, String session, boolean commit) implements Call {}

    /**
     * One answer to a reader of one partition.
     *
     * @param session of the reader: within it positions only follow each other
     * @param group it belongs to, or null
     * @param transaction whose input this is, or null
     * @param last whether this is one of the last reads, after everything has healed
     */
    record Poll(
            String partition,
            String session,
            Isolation isolation,
            @Nullable String group,
            @Nullable String transaction,
            boolean last)
            implements Call {}

    /** ListOffsets for {@link #LATEST}, {@link #EARLIEST} or a time in milliseconds. */
    record ListOffsets(String partition, Isolation isolation, long timestamp) implements Call {
        public static final long LATEST = -1;
        public static final long EARLIEST = -2;
    }

    /**
     * A commit of offsets of a group, after everything before them was processed.
     *
     * @param generation of the member, or -1 where generations are not the whole group's
     * @param reset whether it goes back on purpose
     */
    record Commit(
            String group, String member, int generation, Map<String, Long> offsets, boolean reset)
            implements Call {
        public Commit {
            offsets = Map.copyOf(offsets);
        }
    }

    /** What is the committed offset? */
    record Committed(String group, String partition, boolean last) implements Call {}

    /** DeleteRecords: what lies before the offset goes. */
    record DeleteRecords(String partition, long before) implements Call {}

    /** A change by an operator, such as {@code create topic orders}. */
    record Change(String what) implements Call {}

    /** What of the changes does this broker show? */
    record Look(int broker, List<String> at) implements Call {
        public Look {
            at = List.copyOf(at);
        }
    }
}
