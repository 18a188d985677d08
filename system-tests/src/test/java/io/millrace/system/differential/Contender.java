package io.millrace.system.differential;

/** One of the two brokers, as far as it matters here: where it listens, and how it is stopped. */
record Contender(int port, Runnable stop) implements AutoCloseable {
    @Override
    public void close() {
        stop.run();
    }
}
