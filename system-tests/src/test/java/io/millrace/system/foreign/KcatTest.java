package io.millrace.system.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.peers.DebianPackages;
import io.millrace.system.BrokerUnderTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** kcat (librdkafka) against our broker; skipped where it cannot be installed. */
@Tag("slow")
class KcatTest {
    private static final int PATIENCE_S = 60;

    private static BrokerUnderTest broker;

    @TempDir Path folder;

    @BeforeAll
    static void start() {
        Installed.fromDebian("kcat");
        broker = BrokerUnderTest.start("256m");
    }

    @AfterAll
    static void stop() {
        if (broker != null) {
            broker.close();
        }
    }

    private String kcat(String input, String... arguments)
            throws IOException, InterruptedException {
        Path in = Files.writeString(folder.resolve("in"), input);
        Path out = folder.resolve("out");
        List<String> command = new ArrayList<>(List.of("kcat", "-b", broker.bootstrap()));
        command.addAll(List.of(arguments));
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectInput(in.toFile())
                        .redirectOutput(out.toFile())
                        .start();
        boolean ended = process.waitFor(PATIENCE_S, TimeUnit.SECONDS);
        String output = Files.readString(out, StandardCharsets.UTF_8);
        if (!ended) {
            process.destroyForcibly().waitFor();
        }
        assertThat(ended).as("kcat ended; so far: %s", output).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }

    @Test
    void producesConsumesAndListsWithEveryCodec() throws IOException, InterruptedException {
        StringBuilder expected = new StringBuilder();
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            kcat("from " + codec + "\n", "-P", "-t", "kcat", "-z", codec);
            expected.append("from ").append(codec).append('\n');
        }

        assertThat(kcat("", "-C", "-t", "kcat", "-o", "beginning", "-e", "-q"))
                .isEqualTo(expected.toString());
        assertThat(kcat("", "-L")).contains("topic \"kcat\" with");
        assertThat(kcat("", "-Q", "-t", "kcat:0:-1")).contains("offset 5");
        works("kcat.every codec, listing, offsets");
    }

    @Test
    void keysHeadersAndGroupsWork() throws IOException, InterruptedException {
        kcat("k1:v1\nk2:v2\n", "-P", "-t", "kcat-keys", "-K:", "-H", "h=1");

        String consumed =
                kcat(
                        "",
                        "-G",
                        "kcat-group",
                        "-X",
                        "auto.offset.reset=earliest",
                        "-c",
                        "2",
                        "-q",
                        "-f",
                        "%k=%s %h\n",
                        "kcat-keys");

        assertThat(consumed).contains("k1=v1 h=1").contains("k2=v2 h=1");
        works("kcat.keys, headers, groups");
    }

    private static void works(String feature) {
        CompatibilityTable.works("kcat", DebianPackages.version("kcat").orElseThrow(), feature);
    }
}
