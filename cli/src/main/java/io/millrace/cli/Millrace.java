package io.millrace.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code millrace} command. Exit codes: 0 done, 1 refused or failed, 2 wrong usage. */
@Command(
        name = "millrace",
        mixinStandardHelpOptions = true,
        version = "millrace 0.1.0",
        description =
                "A replicated log, connectors and stream jobs that speak the Apache Kafka"
                        + " protocol.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            QuickstartCommand.class,
            ServerCommand.class,
            ConnectCommand.class,
            TopicsCommand.class,
            GroupsCommand.class,
            ProduceCommand.class,
            ConsumeCommand.class,
            ConnectorsCommand.class,
            OrdersJobCommand.class,
            BenchCommand.class,
            CommandLine.HelpCommand.class
        })
public final class Millrace {
    Millrace() {}

    public static void main(String[] arguments) {
        System.exit(execute(arguments));
    }

    /** Runs a command and gives its exit code. */
    static int execute(String... arguments) {
        return new CommandLine(new Millrace())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(
                        (failure, command, parsed) -> explain(failure, command))
                .setExitCodeExceptionMapper(failure -> 1)
                .execute(arguments);
    }

    private static int explain(Exception failure, CommandLine command) {
        Throwable cause = failure;
        while (cause.getCause() != null
                && (cause instanceof java.util.concurrent.ExecutionException
                        || cause instanceof java.util.concurrent.CompletionException)) {
            cause = cause.getCause();
        }
        String text = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        command.getErr().println("millrace: " + text);
        if (Boolean.getBoolean("millrace.trace")) {
            failure.printStackTrace(command.getErr());
        }
        return 1;
    }
}
