package io.millrace.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The {@code millrace} command. Exit codes: 0 done, 1 refused or failed, 2 wrong usage. A server
 * that is started with plain options does not pass here: see {@link MillraceMain}.
 */
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
            TransactionsCommand.class,
            ConfigsCommand.class,
            ProduceCommand.class,
            ConsumeCommand.class,
            ConnectorsCommand.class,
            ExplainCommand.class,
            ZooKeeperCommand.class,
            ClusterCommand.class,
            OrdersJobCommand.class,
            BenchCommand.class,
            SimulateCommand.class,
            CommandLine.HelpCommand.class
        })
public final class Millrace {
    Millrace() {}

    /** Runs a command and gives its exit code. */
    static int execute(String... arguments) {
        return new CommandLine(new Millrace())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(
                        (failure, command, parsed) ->
                                MillraceMain.explain(failure, command.getErr()))
                .setExitCodeExceptionMapper(Millrace::exitCode)
                .execute(arguments);
    }

    private static int exitCode(Throwable failure) {
        return failure instanceof CommandLine.ParameterException ? 2 : 1;
    }
}
