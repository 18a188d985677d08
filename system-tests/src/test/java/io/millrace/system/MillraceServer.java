package io.millrace.system;

import io.millrace.cli.MillraceMain;
import io.millrace.peers.PeerProcess;
import io.millrace.peers.Ports;
import io.millrace.peers.Scratch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@code millrace server} as a process, with everything on this test's class path. */
public final class MillraceServer implements BrokerUnderTest {
    private static final Duration START_PATIENCE = Duration.ofSeconds(60);

    private final Path directory;
    private final String heap;
    private final int port;
    private PeerProcess process;
    private int starts;

    private MillraceServer(Path directory, String heap, int port) {
        this.directory = directory;
        this.heap = heap;
        this.port = port;
        this.process = launch();
    }

    public static MillraceServer start(Path directory, String heap, Map<String, String> config) {
        StringBuilder text = new StringBuilder();
        new TreeMap<>(config)
                .forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
        try {
            Files.writeString(directory.resolve("server.properties"), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        MillraceServer server = new MillraceServer(directory, heap, Ports.free());
        server.awaitReady();
        return server;
    }

    private PeerProcess launch() {
        return PeerProcess.startJava(
                System.getProperty("java.class.path"),
                List.of("-Xmx" + heap, "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError"),
                List.of(
                        MillraceMain.class.getName(),
                        "server",
                        "--config",
                        directory.resolve("server.properties").toString(),
                        "--data",
                        directory.resolve("data").toString(),
                        "--port",
                        Integer.toString(port)),
                directory.resolve("server-" + starts++ + ".out"));
    }

    private void awaitReady() {
        process.awaitReady("millrace server", START_PATIENCE, () -> RawClient.answers(port));
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
    public PeerProcess process() {
        return process;
    }

    /** The directory below the data directory that holds {@code topic-0} and its like. */
    @Override
    public Path logDirectory() {
        try (var entries = Files.walk(directory.resolve("data"), 4)) {
            return entries.filter(path -> path.getFileName().toString().endsWith("-0"))
                    .filter(Files::isDirectory)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no partition below " + directory))
                    .getParent();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void kill() {
        process.kill();
    }

    @Override
    public void restart() {
        process = launch();
        awaitReady();
    }

    @Override
    public void close() {
        process.close();
        Scratch.delete(directory);
    }
}
