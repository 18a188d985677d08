package io.millrace.benchmarks;

import io.millrace.peers.PeerProcess;

/**
 * A broker under test, as a process of its own with data of its own. Started fresh for each round.
 */
interface Contestant extends AutoCloseable {

    /** For the table. */
    String name();

    /** {@code host:port}. */
    String bootstrap();

    int port();

    /** Starts the process without waiting until it is ready; data of an earlier start are kept. */
    PeerProcess launch();

    /** Ends the process cleanly, keeps the data. */
    void stop();

    /** Ends the process and deletes the data. */
    @Override
    void close();
}
