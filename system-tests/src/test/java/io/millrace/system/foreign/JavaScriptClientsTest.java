package io.millrace.system.foreign;

import io.millrace.peers.NpmPackages;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;

/** JavaScript's clients, installed from the npm registry into {@code target/npm}. */
@Tag("slow")
class JavaScriptClientsTest {
    private static final String KAFKAJS = "2.2.4";
    private static final String KAFKA_JAVASCRIPT = "1.10.1";

    @Nested
    class Kafkajs extends ForeignClientTest {
        @Override
        ForeignClient client() {
            Installed.programs("node", "npm");
            NpmPackages packages = new NpmPackages(Path.of("target/npm/kafkajs-" + KAFKAJS));
            Installed.orSkip(
                    packages.install(
                            "kafkajs@" + KAFKAJS, "kafkajs-snappy@1.1.0", "kafkajs-lz4@1.2.1"));
            return javaScript("kafkajs", KAFKAJS, packages, "kafkajs");
        }
    }

    @Nested
    class KafkaJavascript extends ForeignClientTest {
        @Override
        ForeignClient client() {
            Installed.programs("node", "npm");
            Installed.fromDebian("g++", "make", "zlib1g-dev", "libzstd-dev", "libssl-dev");
            NpmPackages packages =
                    new NpmPackages(Path.of("target/npm/kafka-javascript-" + KAFKA_JAVASCRIPT));
            Installed.orSkip(packages.installKafkaJavascript(KAFKA_JAVASCRIPT));
            return javaScript("kafka-javascript", KAFKA_JAVASCRIPT, packages, "confluent");
        }
    }

    private static ForeignClient javaScript(
            String name, String version, NpmPackages packages, String adapter) {
        String adapterFile = adapter + "_adapter.js";
        Installed.resources(packages.directory(), "javascript.js", adapterFile);
        return new ForeignClient(
                name,
                version,
                List.of("node", packages.directory().resolve("javascript.js").toString(), adapter));
    }
}
