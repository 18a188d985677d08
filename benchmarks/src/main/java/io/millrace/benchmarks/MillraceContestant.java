package io.millrace.benchmarks;

import io.millrace.peers.PeerProcess;
import io.millrace.peers.Ports;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** This broker as {@code bin/millrace server} starts it, its embedded ZooKeeper included. */
final class MillraceContestant implements Contestant {
    private final Path directory;
    private final Map<String, String> config;
    private final Path launcher;
    private final int port = Ports.free();
    private @Nullable PeerProcess process;
    private int starts;

    /**
     * @param directory for data and output
     * @param home root of the checkout
     * @param config of the broker, beside its defaults
     */
    MillraceContestant(Path directory, Path home, Map<String, String> config) {
        this.directory = directory;
        this.config = Map.copyOf(config);
        this.launcher = home.resolve("bin").resolve("millrace");
    }

    @Override
    public String name() {
        return "Millrace";
    }

    @Override
    public String bootstrap() {
        return "127.0.0.1:" + port;
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public PeerProcess launch() {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                launcher.toString(),
                                "server",
                                "--port",
                                Integer.toString(port),
                                "--data",
                                directory.resolve("data").toString()));
        if (!config.isEmpty()) {
            Path file = directory.resolve("server.properties");
            StringBuilder text = new StringBuilder();
            config.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
            Directories.write(file, text.toString());
            command.addAll(List.of("--config", file.toString()));
        }
        PeerProcess started =
                PeerProcess.start(command, directory.resolve("broker-" + starts++ + ".out"));
        process = started;
        return started;
    }

    @Override
    public void stop() {
        if (process != null) {
            process.close();
        }
    }

    @Override
    public void close() {
        stop();
        Directories.delete(directory);
    }
}
