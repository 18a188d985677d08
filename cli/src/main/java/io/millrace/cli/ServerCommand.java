package io.millrace.cli;

import io.millrace.base.time.RandomSource;
import io.millrace.base.time.SystemClock;
import io.millrace.broker.Broker;
import io.millrace.broker.BrokerConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code millrace server}: one broker, with an embedded ZooKeeper unless {@code zookeeper.connect}
 * is set.
 */
@Command(name = "server", description = "Run a broker.", mixinStandardHelpOptions = true)
final class ServerCommand implements Callable<Integer> {
    private static final String DEFAULT_DATA = "millrace-data";
    private static final int MAX_PORT_DIGITS = 5;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Properties file with Kafka's broker keys.")
    @Nullable Path configFile;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Directory of logs and metadata. Default: ./" + DEFAULT_DATA + ".")
    @Nullable Path data;

    @Option(
            names = "--port",
            description = "Port for clients on 127.0.0.1. Default: a free one, printed when ready.")
    @Nullable Integer port;

    /**
     * The command when these arguments are {@code server} and nothing but options with a separate
     * value; null when something else has to be understood or explained.
     */
    static @Nullable ServerCommand ofPlainOptions(String... arguments) {
        if (arguments.length % 2 == 0 || !arguments[0].equals("server")) {
            return null;
        }
        ServerCommand command = new ServerCommand();
        for (int i = 1; i < arguments.length; i += 2) {
            String option = arguments[i];
            String value = arguments[i + 1];
            if (value.startsWith("-")) {
                return null;
            } else if (option.equals("--config")) {
                command.configFile = Path.of(value);
            } else if (option.equals("--data")) {
                command.data = Path.of(value);
            } else if (option.equals("--port") && isPort(value)) {
                command.port = Integer.valueOf(value);
            } else {
                return null;
            }
        }
        return command;
    }

    private static boolean isPort(String text) {
        return !text.isEmpty()
                && text.length() <= MAX_PORT_DIGITS
                && text.chars().allMatch(digit -> digit >= '0' && digit <= '9');
    }

    @Override
    public Integer call() throws Exception {
        // Whichever thread dies without anybody to hear of it: a part of the server is gone.
        Thread.setDefaultUncaughtExceptionHandler(
                (thread, failure) -> MillraceMain.halt("thread " + thread.getName(), failure));
        Map<String, String> settings = ConfigFile.read(configFile);
        if (data != null) {
            settings.put("log.dirs", data.toString());
        } else if (!settings.containsKey("log.dirs") && !settings.containsKey("log.dir")) {
            settings.put("log.dirs", DEFAULT_DATA);
        }
        if (port != null) {
            settings.put("listeners", "PLAINTEXT://127.0.0.1:" + port);
        }
        String source = configFile == null ? "command line" : configFile.toString();
        Broker broker =
                Broker.start(
                        BrokerConfig.of(source, settings),
                        SystemClock.INSTANCE,
                        RandomSource.system());
        System.out.println(
                "millrace server: ready at "
                        + broker.address().getHostString()
                        + ":"
                        + broker.address().getPort());
        broker.stopped()
                .whenComplete(
                        (stopped, failure) -> {
                            if (failure != null) {
                                // Half a broker is worse than none: whoever supervises the process
                                // starts a new one.
                                Runtime.getRuntime().halt(1);
                            }
                        });
        Shutdown.awaitThenClose("the broker", broker);
        return 0;
    }
}
