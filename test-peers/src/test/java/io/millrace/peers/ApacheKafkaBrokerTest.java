package io.millrace.peers;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ApacheKafkaBrokerTest {

    @Test
    void topicSurvivesKillAndRestart() {
        try (ApacheKafkaBroker broker = ApacheKafkaBroker.start()) {
            ApacheTool.Result created =
                    ApacheTool.run(
                            ApacheTool.TOPICS,
                            "--bootstrap-server",
                            broker.bootstrap(),
                            "--create",
                            "--topic",
                            "kept");
            assertThat(created.output()).contains("Created topic kept");

            broker.kill();
            assertThat(Ports.isOpen(broker.port())).isFalse();
            broker.restart();

            ApacheTool.Result listed =
                    ApacheTool.run(
                            ApacheTool.TOPICS, "--bootstrap-server", broker.bootstrap(), "--list");
            assertThat(listed.exitCode()).isZero();
            assertThat(listed.output()).contains("kept");
        }
    }
}
