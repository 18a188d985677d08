package io.millrace.clients.producer;

import io.millrace.clients.ClientException;
import org.jspecify.annotations.Nullable;

/**
 * Where a transactional producer is in the life of its transactions, and which calls are allowed
 * there. Immutable: each step gives the next state, or throws and changes nothing. Calls that come
 * at the wrong time throw {@link IllegalStateException}; those refused because something failed
 * throw what the user has to do about it.
 *
 * @param cause why it can only be aborted, or not even that; present in these two phases only
 */
record TransactionState(Phase phase, @Nullable ClientException cause) {
    static final TransactionState NEW = new TransactionState(Phase.NEW, null);

    /** Phases in the life of a producer. */
    enum Phase {
        /** {@code initTransactions} was not called. */
        NEW("before initTransactions"),
        INITIALIZING("during initTransactions"),
        /** Between transactions. */
        READY("outside of a transaction"),
        OPEN("in a transaction"),
        COMMITTING("during commitTransaction"),
        ABORTING("during abortTransaction"),
        /** A part of the transaction failed. */
        ABORT_NEEDED("in a transaction that failed"),
        /** For good. */
        BROKEN("after a fatal failure");

        private final String when;

        Phase(String when) {
            this.when = when;
        }
    }

    /** Whether a commit or an abort is under way. */
    boolean isEnding() {
        return phase == Phase.COMMITTING || phase == Phase.ABORTING;
    }

    /** Whether records may go to brokers. */
    boolean maySend() {
        return phase == Phase.OPEN || phase == Phase.COMMITTING;
    }

    TransactionState initialize() {
        refuseIfBroken();
        if (phase != Phase.NEW) {
            throw misplaced("initTransactions", "it is called once, before anything else");
        }
        return in(Phase.INITIALIZING);
    }

    /** The identity is there. */
    TransactionState initialized() {
        return phase == Phase.INITIALIZING ? in(Phase.READY) : this;
    }

    /** The first initialisation failed; it may be tried again. */
    TransactionState notInitialized() {
        return phase == Phase.INITIALIZING ? NEW : this;
    }

    TransactionState begin() {
        refuseIfBroken();
        if (phase == Phase.NEW || phase == Phase.INITIALIZING) {
            throw misplaced("beginTransaction", "wait for initTransactions first");
        }
        if (phase != Phase.READY) {
            throw misplaced("beginTransaction", "commit or abort the transaction first");
        }
        return in(Phase.OPEN);
    }

    TransactionState commit() {
        refuseIfFailed();
        if (phase != Phase.OPEN) {
            throw misplaced("commitTransaction", "call beginTransaction first");
        }
        return in(Phase.COMMITTING);
    }

    TransactionState abort() {
        refuseIfBroken();
        if (phase != Phase.OPEN && phase != Phase.ABORT_NEEDED) {
            throw misplaced("abortTransaction", "call beginTransaction first");
        }
        return in(Phase.ABORTING);
    }

    /** The commit or abort is done. */
    TransactionState ended() {
        return isEnding() ? in(Phase.READY) : this;
    }

    /**
     * Something failed; the transaction can only be aborted, if it was not being aborted anyway.
     */
    TransactionState failed(TransactionAbortableException why) {
        return maySend() ? new TransactionState(Phase.ABORT_NEEDED, why) : this;
    }

    TransactionState broken(FatalProducerException why) {
        return phase == Phase.BROKEN ? this : new TransactionState(Phase.BROKEN, why);
    }

    /**
     * Throws unless records or offsets may be added now.
     *
     * @param call name of the method that would
     */
    void checkOpen(String call) {
        refuseIfFailed();
        if (phase != Phase.OPEN) {
            throw misplaced(call, "call beginTransaction first");
        }
    }

    private void refuseIfFailed() {
        ClientException why = cause;
        if (why != null) {
            throw why;
        }
    }

    private void refuseIfBroken() {
        if (phase == Phase.BROKEN) {
            refuseIfFailed();
        }
    }

    private IllegalStateException misplaced(String call, String remedy) {
        return new IllegalStateException(call + " came " + phase.when + ": " + remedy);
    }

    private static TransactionState in(Phase phase) {
        return new TransactionState(phase, null);
    }
}
