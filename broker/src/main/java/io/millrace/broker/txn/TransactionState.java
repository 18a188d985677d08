package io.millrace.broker.txn;

import java.util.Optional;

/** What a transactional id is doing; numbers and names are Kafka's. */
public enum TransactionState {
    /** It has a producer and has had no transaction since. */
    EMPTY(0, "Empty"),
    ONGOING(1, "Ongoing"),
    /** The commit is decided; its markers are being written. */
    PREPARE_COMMIT(2, "PrepareCommit"),
    PREPARE_ABORT(3, "PrepareAbort"),
    /** All markers are written. */
    COMPLETE_COMMIT(4, "CompleteCommit"),
    COMPLETE_ABORT(5, "CompleteAbort"),
    /** Expired: in Kafka a state on the way to removal; here the id is removed at once. */
    DEAD(6, "Dead"),
    /** In Kafka a state before PREPARE_ABORT; here both are one step. */
    PREPARE_EPOCH_FENCE(7, "PrepareEpochFence");

    private final byte number;
    private final String label;

    TransactionState(int number, String label) {
        this.number = (byte) number;
        this.label = label;
    }

    /** As records hold it. */
    byte number() {
        return number;
    }

    /** As clients and tools show it. */
    public String label() {
        return label;
    }

    /** Decided, with markers still to be written. */
    boolean prepared() {
        return this == PREPARE_COMMIT || this == PREPARE_ABORT;
    }

    /** No transaction is open and none is being ended. */
    boolean idle() {
        return this == EMPTY || this == COMPLETE_COMMIT || this == COMPLETE_ABORT;
    }

    static Optional<TransactionState> ofNumber(byte number) {
        return number >= 0 && number < values().length
                ? Optional.of(values()[number])
                : Optional.empty();
    }

    /** The state with this label. */
    public static Optional<TransactionState> ofLabel(String label) {
        for (TransactionState state : values()) {
            if (state.label.equals(label)) {
                return Optional.of(state);
            }
        }
        return Optional.empty();
    }
}
