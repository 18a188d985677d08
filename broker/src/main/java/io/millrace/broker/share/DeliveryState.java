package io.millrace.broker.share;

/** Where a record is on its way; ids are Kafka's. */
enum DeliveryState {
    /** Waits to be handed out. */
    AVAILABLE(0),
    /** Handed out and locked. */
    ACQUIRED(1),
    /** Processed. */
    ACKNOWLEDGED(2),
    /** Given up: rejected, delivered too often, or not a record at all. */
    ARCHIVED(4);

    private final int id;

    DeliveryState(int id) {
        this.id = id;
    }

    byte id() {
        return (byte) id;
    }

    /** Nothing more will happen to the record. */
    boolean isFinal() {
        return this == ACKNOWLEDGED || this == ARCHIVED;
    }

    /**
     * @throws IllegalArgumentException for a number that no state has
     */
    static DeliveryState of(byte id) {
        for (DeliveryState state : values()) {
            if (state.id == id) {
                return state;
            }
        }
        throw new IllegalArgumentException("delivery state " + id + " is unknown");
    }
}
