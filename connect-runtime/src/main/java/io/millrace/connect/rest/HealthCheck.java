package io.millrace.connect.rest;

/** What the worker is doing, for {@code /health}. */
public interface HealthCheck {
    /** Empty when started; else what it is busy with. */
    String startingStage();
}
