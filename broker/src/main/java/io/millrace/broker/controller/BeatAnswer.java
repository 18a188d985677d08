package io.millrace.broker.controller;

/**
 * What the controller answers to a {@link BrokerBeat}.
 *
 * @param caughtUp whether the broker has seen its own registration
 * @param fenced whether it may lead nothing
 * @param mayStop whether it leads nothing any more that others could lead; only if it asked to stop
 */
public record BeatAnswer(boolean caughtUp, boolean fenced, boolean mayStop) {}
