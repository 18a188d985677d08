package io.millrace.simulation.history;

/** What an event says beyond who, when and which operation. */
public sealed interface Body permits Call, Answer, Failed, Probe {}
