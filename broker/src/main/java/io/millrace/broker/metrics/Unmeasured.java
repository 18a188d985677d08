package io.millrace.broker.metrics;

import io.millrace.protocol.error.ErrorCode;

/** The stopwatch of a broker whose metrics nobody reads. */
enum Unmeasured implements RequestMetrics.Stopwatch {
    INSTANCE;

    @Override
    public void handled() {}

    @Override
    public void answered() {}

    @Override
    public void failed(ErrorCode error) {}

    @Override
    public void responded(long bytes) {}
}
