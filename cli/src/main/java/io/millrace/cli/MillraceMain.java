package io.millrace.cli;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.IntSupplier;

/**
 * Where the process begins. A server with plain options starts without the command-line library,
 * which cannot be kept in a class-data archive (its classes are of Java 5's format) and would take
 * longer than the broker; everything else goes to {@link Millrace}.
 */
public final class MillraceMain {
    private static final String LOG_PROVIDER = "slf4j.provider";

    /** Commands that run until they are stopped; their log tells an operator what changes. */
    private static final Set<String> SERVERS =
            Set.of("server", "connect", "orders-job", "zookeeper");

    private MillraceMain() {}

    public static void main(String[] arguments) {
        if (System.getProperty(LOG_PROVIDER) == null) {
            System.setProperty(LOG_PROVIDER, CommandLogging.class.getName());
            // Else SLF4J says that it does what it was told.
            System.setProperty("slf4j.internal.verbosity", "WARN");
        }
        if (arguments.length > 0 && !SERVERS.contains(arguments[0])) {
            // What a client does to reach its cluster is no news to whoever typed the command.
            System.setProperty(CommandLogging.USUAL_LEVEL, "WARN");
        }
        System.exit(orHalt(() -> execute(arguments)));
    }

    private static int execute(String... arguments) {
        ServerCommand server = ServerCommand.ofPlainOptions(arguments);
        return server == null ? Millrace.execute(arguments) : run(server);
    }

    /**
     * An error, such as a missing class, ends the process at once: threads that a server has begun
     * would keep it there without ever answering.
     */
    private static int orHalt(IntSupplier command) {
        try {
            return command.getAsInt();
        } catch (Error e) {
            halt("the command", e);
            throw e;
        }
    }

    /** Ends the process without its shutdown hooks, which may wait for what does not work. */
    static void halt(String what, Throwable cause) {
        System.err.println("millrace: " + what + " died; the process ends");
        cause.printStackTrace();
        Runtime.getRuntime().halt(1);
    }

    private static int run(ServerCommand server) {
        try {
            return server.call();
        } catch (Exception e) {
            return explain(e, new PrintWriter(System.err, true, Charset.defaultCharset()));
        }
    }

    /** Says what went wrong, without the wrappers, and gives the exit code. */
    static int explain(Exception failure, PrintWriter to) {
        Throwable cause = failure;
        while (cause.getCause() != null
                && (cause instanceof ExecutionException || cause instanceof CompletionException)) {
            cause = cause.getCause();
        }
        to.println(
                "millrace: "
                        + (cause.getMessage() == null ? cause.toString() : cause.getMessage()));
        if (Boolean.getBoolean("millrace.trace")) {
            failure.printStackTrace(to);
        }
        return 1;
    }
}
