package io.millrace.broker.group;

/** Where a classic group stands; the label is what descriptions and UIs show. */
public enum GroupState {
    /** No members; perhaps offsets. */
    EMPTY("Empty"),
    /** Waiting for all members to join the next generation. */
    PREPARING_REBALANCE("PreparingRebalance"),
    /** Joined; waiting for the leader's assignment. */
    COMPLETING_REBALANCE("CompletingRebalance"),
    /** Every member has its assignment. */
    STABLE("Stable"),
    /** Does not exist; only shown, never held. */
    DEAD("Dead");

    private final String label;

    GroupState(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}
