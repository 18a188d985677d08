package io.millrace.broker.controller;

import java.util.Optional;

/** What an operator wants of an election; ids are Kafka's. */
public enum ElectionType {
    /** The first replica shall lead, if it is in sync. */
    PREFERRED(0),
    /** Somebody shall lead a partition without a leader, even if records are lost. */
    UNCLEAN(1);

    private final int id;

    ElectionType(int id) {
        this.id = id;
    }

    public int id() {
        return id;
    }

    /** The type with Kafka's number. */
    public static Optional<ElectionType> of(int id) {
        return id >= 0 && id < values().length ? Optional.of(values()[id]) : Optional.empty();
    }
}
