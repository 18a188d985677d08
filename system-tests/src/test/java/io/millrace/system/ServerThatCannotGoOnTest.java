package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.cli.MillraceMain;
import io.millrace.peers.PeerProcess;
import io.millrace.peers.Ports;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that has lost a part of itself ends, so that whoever supervises it starts another. */
class ServerThatCannotGoOnTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir Path directory;

    @Test
    void aServerWithoutAClassThatItNeedsExits() {
        Path log = directory.resolve("server.out");
        try (PeerProcess server = launch(classPathWithout("zookeeper-"), log)) {
            assertThat(server.awaitExit(PATIENCE)).isEqualTo(1);
            assertThat(server.output()).contains("NoClassDefFoundError");
        }
    }

    private PeerProcess launch(String classPath, Path log) {
        return PeerProcess.startJava(
                classPath,
                List.of("-Xmx64m", "-XX:+UseSerialGC"),
                List.of(
                        MillraceMain.class.getName(),
                        "server",
                        "--data",
                        directory.resolve("data").toString(),
                        "--port",
                        Integer.toString(Ports.free())),
                log);
    }

    private static String classPathWithout(String name) {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !Path.of(entry).getFileName().toString().startsWith(name))
                .collect(Collectors.joining(File.pathSeparator));
    }
}
