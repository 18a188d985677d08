package io.millrace.simulation.history;

import org.jspecify.annotations.Nullable;

/** What is known of one offset of one partition. Filled while the version order is made. */
final class Slot {
    final String partition;
    final long offset;
    final String value;
    final Event firstSeen;
    @Nullable Operation<Call.Send, Answer.Sent> send;
    boolean acknowledged;

    /** When a reader had it first, by isolation; the end of time if none did. */
    long readAt = Long.MAX_VALUE;

    long committedReadAt = Long.MAX_VALUE;

    /** -1 unless a reader had it. */
    long timestamp = -1;

    int leaderEpoch = -1;

    Slot(String partition, long offset, String value, Event firstSeen) {
        this.partition = partition;
        this.offset = offset;
        this.value = value;
        this.firstSeen = firstSeen;
    }

    @Nullable String transaction() {
        return send == null ? null : send.call().transaction();
    }

    boolean isIdempotent() {
        return send != null && send.call().idempotent();
    }
}
