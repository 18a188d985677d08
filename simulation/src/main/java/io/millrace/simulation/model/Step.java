package io.millrace.simulation.model;

import java.util.function.Supplier;

/**
 * Something that may happen.
 *
 * @param name what happens, for the account of a violation
 * @param next the state after it
 */
public record Step<S>(Supplier<String> name, Supplier<S> next) {}
