package io.millrace.system.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * How long a partition cannot be written to after SIGKILL of its leader: from the kill to the first
 * acknowledgement of a record that was sent after it, as a client sees it. Prints; asserts nothing
 * about time. {@code -Dfailover.kills=50}, {@code -Dfailover.who=controller}.
 */
@Tag("slow")
class FailoverTimingTest {
    private static final String TOPIC = "failover";
    private static final Duration PATIENCE = Duration.ofSeconds(300);
    private static final long GIVE_UP_SECONDS = 90;

    /** Apache's broker session, its shortest sensible values. */
    private static final Map<String, String> TUNED_APACHE =
            Map.of(
                    "broker.session.timeout.ms", "2000",
                    "broker.heartbeat.interval.ms", "500",
                    "controller.quorum.election.timeout.ms", "500",
                    "controller.quorum.fetch.timeout.ms", "1000");

    @Test
    void leadersFailOver() throws Exception {
        measure("default", Map.of());
    }

    @Test
    void leadersFailOverWithShorterSessions() throws Exception {
        measure(
                "shorter sessions",
                Cluster.isApache() ? TUNED_APACHE : Map.of("zookeeper.session.timeout.ms", "2000"));
    }

    private static void measure(String title, Map<String, String> config) throws Exception {
        int kills = Integer.getInteger("failover.kills", 50);
        boolean controllers = "controller".equals(System.getProperty("failover.who"));
        try (Cluster cluster = Cluster.start(Network.open(), 0, config);
                ClusterState state = new ClusterState(cluster)) {
            state.awaitMembers(PATIENCE);
            state.createTopic(TOPIC, 1, Map.of(), PATIENCE);
            List<Long> millis = new ArrayList<>();
            try (Acknowledgements writer = new Acknowledgements(cluster.bootstrap())) {
                writer.awaitOneSince(System.nanoTime());
                for (int i = 0; i < kills; i++) {
                    int leader = state.leader(TOPIC, 0).orElseThrow();
                    int victim = controllers ? state.controller().orElse(leader) : leader;
                    long killed = System.nanoTime();
                    cluster.broker(victim).kill();
                    millis.add((writer.awaitOneSince(killed) - killed) / 1_000_000);
                    cluster.broker(victim).start();
                    state.awaitMembers(PATIENCE);
                    state.awaitWhole(PATIENCE);
                    Pause.millis(500);
                }
            }
            print(title, controllers, millis);
            assertThat(millis).hasSize(kills);
        }
    }

    private static void print(String title, boolean controllers, List<Long> millis) {
        List<Long> sorted = millis.stream().sorted().toList();
        System.out.printf(
                "failover %s, %s, SIGKILL of the %s, %d kills: median %d ms, p99 %d ms, worst %d"
                        + " ms; all %s%n",
                Cluster.isApache() ? "Apache Kafka 4.3.1" : "Millrace",
                title,
                controllers ? "controller" : "leader",
                sorted.size(),
                sorted.get(sorted.size() / 2),
                sorted.get((int) Math.ceil(sorted.size() * 0.99) - 1),
                sorted.get(sorted.size() - 1),
                millis);
    }

    /** Sends a record every few milliseconds and notes when each was sent and acknowledged. */
    private static final class Acknowledgements extends Work {
        private static final int PAUSE_MS = 5;
        private final String bootstrap;
        private final Queue<long[]> sentAndAcknowledged = new ConcurrentLinkedQueue<>();

        Acknowledgements(String bootstrap) {
            super("failover-writer");
            this.bootstrap = bootstrap;
            begin();
        }

        @Override
        void work() {
            Properties config = ClientSettings.common(bootstrap);
            config.put("retry.backoff.ms", "20");
            config.put("retry.backoff.max.ms", "50");
            config.put("reconnect.backoff.ms", "20");
            config.put("reconnect.backoff.max.ms", "50");
            config.put("delivery.timeout.ms", "120000");
            config.put("max.in.flight.requests.per.connection", "5");
            try (KafkaProducer<String, String> producer = ClientSettings.producer(config)) {
                while (!isFinishing()) {
                    long sent = System.nanoTime();
                    producer.send(
                            new ProducerRecord<>(TOPIC, 0, null, "x"),
                            (metadata, error) -> {
                                if (error == null) {
                                    sentAndAcknowledged.add(new long[] {sent, System.nanoTime()});
                                }
                            });
                    Pause.millis(PAUSE_MS);
                }
            }
        }

        /** When the first record that was sent after this was acknowledged. */
        long awaitOneSince(long nanos) {
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(GIVE_UP_SECONDS);
            while (System.nanoTime() < until) {
                long[] one = sentAndAcknowledged.poll();
                if (one == null) {
                    Pause.millis(1);
                } else if (one[0] >= nanos) {
                    return one[1];
                }
            }
            throw new IllegalStateException(
                    "nothing was acknowledged within " + GIVE_UP_SECONDS + " s");
        }
    }
}
