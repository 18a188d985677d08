package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.base.config.ConfigException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Prometheus sees of a broker that Apache's clients use. */
final class MetricsEndpointTest {
    @TempDir Path dir;

    @Test
    void requestsAndLogsAreCounted() throws Exception {
        try (RunningBroker broker =
                        new RunningBroker(dir, "metrics.listener", "http://127.0.0.1:0");
                var producer = broker.producer()) {
            for (int i = 0; i < 3; i++) {
                producer.send(new ProducerRecord<>("counted", 0, "k", "v" + i)).get();
            }
            String text = scrape(broker);

            assertThat(valueOf(text, "millrace_requests_total{api=\"PRODUCE\"}")).isEqualTo(3);
            assertThat(valueOf(text, "millrace_request_bytes_total{api=\"PRODUCE\"}"))
                    .isGreaterThan(3 * 61);
            assertThat(
                            valueOf(
                                    text,
                                    "millrace_request_time_seconds_count"
                                            + "{api=\"PRODUCE\",stage=\"total\"}"))
                    .isEqualTo(3);
            assertThat(
                            stageSum(text, "handle")
                                    + stageSum(text, "wait")
                                    + stageSum(text, "respond"))
                    .isCloseTo(stageSum(text, "total"), within(1e-6));
            String partition = "{partition=\"0\",topic=\"counted\"}";
            assertThat(valueOf(text, "millrace_log_end_offset" + partition)).isEqualTo(3);
            assertThat(valueOf(text, "millrace_log_last_stable_offset" + partition)).isEqualTo(3);
            assertThat(valueOf(text, "millrace_log_size_bytes" + partition)).isGreaterThan(0);
            assertThat(valueOf(text, "millrace_connections")).isGreaterThanOrEqualTo(1);
            assertThat(valueOf(text, "millrace_log_dir_offline{directory=\"" + dir + "\"}"))
                    .isZero();
        }
    }

    @Test
    void lagIsCountedByIsolationAndNeverBelowTheLogStart() throws Exception {
        try (RunningBroker broker =
                        new RunningBroker(dir, "metrics.listener", "http://127.0.0.1:0");
                var plain = broker.producer();
                var transactional = broker.producer("transactional.id", "metrics");
                var consumer = broker.consumer("lagging");
                var admin = broker.admin()) {
            TopicPartition partition = new TopicPartition("lag", 0);
            for (int i = 0; i < 5; i++) {
                plain.send(new ProducerRecord<>("lag", 0, "k", "v" + i)).get();
            }
            consumer.assign(List.of(partition));
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(1)));
            transactional.initTransactions();
            transactional.beginTransaction();
            transactional.send(new ProducerRecord<>("lag", 0, "k", "open")).get();

            String labels = "{group=\"lagging\",%spartition=\"0\",topic=\"lag\"}";
            String all = String.format(labels, "isolation=\"read_uncommitted\",");
            String committed = String.format(labels, "isolation=\"read_committed\",");
            String text = scrape(broker);
            assertThat(valueOf(text, "millrace_group_lag_records" + all)).isEqualTo(5);
            assertThat(valueOf(text, "millrace_group_lag_records" + committed)).isEqualTo(4);
            assertThat(valueOf(text, "millrace_group_lag_seconds" + String.format(labels, "")))
                    .isBetween(0.0, 60.0);
            assertThat(
                            valueOf(
                                    text,
                                    "millrace_log_undecided_records{partition=\"0\","
                                            + "topic=\"lag\"}"))
                    .isEqualTo(1);
            assertThat(
                            text.lines()
                                    .filter(
                                            line ->
                                                    line.startsWith("millrace_transactions_open{")
                                                            && line.endsWith(" 1.0")))
                    .hasSize(1);

            admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(3))).all().get();
            assertThat(valueOf(scrape(broker), "millrace_group_lag_records" + all)).isEqualTo(3);
            transactional.abortTransaction();
            assertThat(scrape(broker)).doesNotContain("millrace_log_undecided_records{");
        }
    }

    @Test
    void anAddressInUseIsNamedWithTheRemedy() throws Exception {
        try (RunningBroker first =
                new RunningBroker(dir.resolve("a"), "metrics.listener", "http://127.0.0.1:0")) {
            int taken = metricsAddress(first).getPort();
            assertThatThrownBy(
                            () ->
                                    new RunningBroker(
                                            dir.resolve("b"),
                                            "metrics.listener",
                                            "http://127.0.0.1:" + taken))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("metrics.listener")
                    .hasMessageContaining("choose another port");
        }
    }

    @Test
    void somethingElseThanAnAddressIsRefused() {
        assertThatThrownBy(
                        () ->
                                BrokerConfig.of(
                                        "test",
                                        Map.of(
                                                "log.dirs",
                                                dir.toString(),
                                                "metrics.listener",
                                                "9404")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("metrics.listener=9404");
    }

    private static double stageSum(String text, String stage) {
        return valueOf(
                text, "millrace_request_time_seconds_sum{api=\"PRODUCE\",stage=\"" + stage + "\"}");
    }

    private static InetSocketAddress metricsAddress(RunningBroker broker) {
        return broker.broker().metricsAddress().orElseThrow();
    }

    private static String scrape(RunningBroker broker) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + metricsAddress(broker).getPort() + "/metrics");
        HttpResponse<String> response =
                HttpClient.newHttpClient()
                        .send(
                                HttpRequest.newBuilder(uri).build(),
                                HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        return response.body();
    }

    private static double valueOf(String text, String series) {
        return text.lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + series + " in\n" + text));
    }
}
