package io.millrace.system.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.peers.DebianPackages;
import io.millrace.peers.ProgramOutput;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;

/** Sarama, Go's oldest client, as Debian ships it: its commits and descriptions are of 2017. */
@Tag("slow")
class GoClientTest extends ForeignClientTest {
    private static final String SARAMA = "golang-github-shopify-sarama-dev";
    private static final Path PROGRAM = Path.of("target", "go", "sarama").toAbsolutePath();

    @Override
    ForeignClient client() {
        Installed.fromDebian("golang-go", SARAMA);
        Path source = Installed.resources("sarama.go").resolve("sarama.go");
        ProgramOutput built =
                ProgramOutput.of(
                        List.of(
                                "env",
                                "GO111MODULE=off",
                                "GOPATH=/usr/share/gocode",
                                "GOCACHE=" + PROGRAM.resolveSibling("cache"),
                                "go",
                                "build",
                                "-o",
                                PROGRAM.toString(),
                                source.toString()),
                        Duration.ofMinutes(5));
        assertThat(built.exitCode()).as(built.text()).isZero();
        return new ForeignClient(
                "sarama",
                DebianPackages.version(SARAMA).orElseThrow(),
                List.of(PROGRAM.toString()));
    }

    @Override
    Set<String> refusedByApacheKafka() {
        return Set.of(
                "admin.configs.topic", // DescribeConfigs 0
                "admin.topics",
                "group.rebalance.range", // OffsetCommit 1
                "group.rebalance.roundrobin",
                "offsets.commit");
    }
}
