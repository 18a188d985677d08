package io.millrace.connect.worker;

import java.util.function.Consumer;

/** Tells a worker who is in its group. */
public interface Membership extends AutoCloseable {

    /** Begins; the listener is told of every change, from any thread. */
    void start(Consumer<Members> listener);

    /** Leaves the group, so that others take over at once. */
    @Override
    void close();
}
