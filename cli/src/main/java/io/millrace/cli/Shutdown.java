package io.millrace.cli;

import java.util.concurrent.CountDownLatch;

/**
 * Keeps a server's command alive until somebody asks the process to end, then closes the server.
 */
final class Shutdown {
    private Shutdown() {}

    /** Blocks until SIGTERM or SIGINT; the process ends when {@code server} is closed. */
    static void awaitThenClose(String name, AutoCloseable server) throws InterruptedException {
        closeWhenAsked(name, server).await();
    }

    /** On SIGTERM or SIGINT the process ends when {@code server} is closed. */
    static CountDownLatch closeWhenAsked(String name, AutoCloseable server) {
        CountDownLatch asked = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread( // gate: the JVM wants a thread here
                                () -> {
                                    try {
                                        server.close();
                                    } catch (Exception e) {
                                        System.err.println(
                                                "millrace: "
                                                        + name
                                                        + " did not stop cleanly: "
                                                        + e);
                                    } finally {
                                        asked.countDown();
                                    }
                                },
                                "shutdown"));
        return asked;
    }
}
