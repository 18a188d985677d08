package io.millrace.simulation.history;

/** Why an operation ended as {@link Phase#FAIL} or {@link Phase#INFO}. */
public record Failed(String error) implements Body {}
