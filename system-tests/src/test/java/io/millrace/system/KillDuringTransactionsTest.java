package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.peers.PeerProcess;
import io.millrace.peers.Scratch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * SIGKILL of a transactional producer at random points, and of the broker now and then: readers of
 * committed records see each transaction wholly or not at all, never one that was aborted or not
 * yet decided, with the offset that was committed in it; and the last stable offset goes on past
 * whatever the dead producer left open. Repeat a run with {@code -Dseed=N}.
 */
class KillDuringTransactionsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Of writers whose id nobody takes over. */
    private static final int SHORT_TIMEOUT_MS = 3_000;

    private static final String SHARED_ID = "writer";
    private static final int LONG_TIMEOUT_MS = 60_000;
    private static final int MOST_TRANSACTIONS = 12;

    private final long seed = Long.getLong("seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final Path directory = Scratch.directory("transactional-writer-");
    private final Set<String> committing = new HashSet<>();
    private final Set<String> committed = new HashSet<>();
    private int aborted;

    /** Of the log, when the last writer was killed. */
    private Map<TopicPartition, Long> ends = Map.of();

    @Test
    void nothingIsTornAfterFourKills() throws Exception {
        verify(4, 3);
    }

    @Test
    @Tag("slow")
    void nothingIsTornAfterTwoHundredKills() throws Exception {
        verify(200, 10);
    }

    private void verify(int kills, int brokerEvery) throws Exception {
        System.out.println("seed " + seed);
        try (BrokerUnderTest broker =
                        BrokerUnderTest.start(
                                "256m",
                                Map.of(
                                        "transaction.state.log.num.partitions",
                                        "4",
                                        "transaction.abort.timed.out.transaction.cleanup"
                                                + ".interval.ms",
                                        "200"));
                Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            admin.createTopics(
                            List.of(
                                    new NewTopic(
                                            TransactionalWriter.TOPIC,
                                            TransactionalWriter.PARTITIONS,
                                            (short) 1),
                                    new NewTopic(
                                            TransactionalWriter.POSITION.topic(), 1, (short) 1)))
                    .all()
                    .get();
            AtomicBoolean stop = new AtomicBoolean();
            try (Ledger live = new Ledger(broker.bootstrap())) {
                CompletableFuture<Void> reading =
                        CompletableFuture.runAsync(
                                () -> {
                                    while (!stop.get()) {
                                        live.poll(Duration.ofMillis(100));
                                    }
                                });
                try {
                    for (int run = 0; run < kills; run++) {
                        boolean killBroker = run % brokerEvery == brokerEvery - 1;
                        boolean alone = !killBroker && random.nextInt(4) == 0;
                        if (alone) {
                            takeOver(broker);
                        }
                        writeUntilKilled(broker, admin, run, alone, killBroker);
                        if (run % 20 == 19) {
                            System.out.println("survived " + (run + 1) + " kills");
                        }
                        assertThat(reading).as("the reader goes on").isNotCompletedExceptionally();
                    }
                } finally {
                    stop.set(true);
                    reading.handle((done, failure) -> failure).join();
                }
                reading.join();
                takeOver(broker);
                assertStableOffsetPasses(admin);
                live.readToEnd();
                check(admin, broker, live);
            }
        } finally {
            Scratch.delete(directory);
        }
    }

    /**
     * One life of a writer. Most take over the id of the one before, which ends its transaction.
     * Those alone have an id that nobody takes over: their transaction ends by its timeout.
     */
    private void writeUntilKilled(
            BrokerUnderTest broker, Admin admin, int run, boolean alone, boolean killBroker)
            throws Exception {
        Path journal = directory.resolve("journal-" + run);
        PeerProcess writer =
                PeerProcess.startJava(
                        System.getProperty("java.class.path"),
                        List.of("-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
                        List.of(
                                TransactionalWriter.class.getName(),
                                broker.bootstrap(),
                                alone ? SHARED_ID + "-" + run : SHARED_ID,
                                Integer.toString(alone ? SHORT_TIMEOUT_MS : LONG_TIMEOUT_MS),
                                journal.toString(),
                                Integer.toString(run),
                                Long.toString(random.nextLong())),
                        directory.resolve("writer-" + run + ".out"));
        try {
            awaitLines(writer, journal, 1);
            assertStableOffsetPasses(admin);
            awaitLines(writer, journal, 1 + random.nextInt(MOST_TRANSACTIONS));
            if (killBroker) {
                broker.kill();
                broker.restart();
                int before = Files.readAllLines(journal).size();
                awaitLines(writer, journal, before + random.nextInt(MOST_TRANSACTIONS));
            }
            long until = System.nanoTime() + random.nextInt(20_000_000);
            while (System.nanoTime() < until) {
                Thread.onSpinWait();
            }
        } finally {
            writer.kill();
        }
        readJournal(journal);
        ends = ends(admin, IsolationLevel.READ_UNCOMMITTED);
    }

    /** What a new instance does first: it ends the transaction of the one before. */
    private static void takeOver(BrokerUnderTest broker) {
        Properties config = new Properties();
        config.put("bootstrap.servers", broker.bootstrap());
        config.put("transactional.id", SHARED_ID);
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
            producer.initTransactions();
        }
    }

    private static void awaitLines(PeerProcess writer, Path journal, int lines) {
        writer.awaitReady(
                "transactional writer",
                PATIENCE,
                () -> {
                    try {
                        return Files.exists(journal) && Files.readAllLines(journal).size() >= lines;
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                });
    }

    private void readJournal(Path journal) throws IOException {
        for (String line : Files.readAllLines(journal)) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "committing" -> committing.add(words[1]);
                case "committed" -> committed.add(words[1]);
                case "aborted" -> aborted++;
                default -> {}
            }
        }
    }

    /**
     * What was in the log when the last writer died becomes readable, or is aborted, once another
     * has its id or its time is up.
     */
    private void assertStableOffsetPasses(Admin admin) {
        Awaitility.await("the last stable offset passes " + ends + " of the last kill")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(
                        () -> {
                            Map<TopicPartition, Long> stable =
                                    ends(admin, IsolationLevel.READ_COMMITTED);
                            return Ledger.PARTITIONS.stream()
                                    .allMatch(one -> stable.get(one) >= ends.getOrDefault(one, 0L));
                        });
    }

    private static Map<TopicPartition, Long> ends(Admin admin, IsolationLevel isolation)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetSpec> asked = new java.util.HashMap<>();
        Ledger.PARTITIONS.forEach(partition -> asked.put(partition, OffsetSpec.latest()));
        Map<TopicPartition, ListOffsetsResultInfo> found =
                admin.listOffsets(asked, new ListOffsetsOptions(isolation)).all().get();
        Map<TopicPartition, Long> ends = new java.util.HashMap<>();
        found.forEach((partition, end) -> ends.put(partition, end.offset()));
        return ends;
    }

    private void check(Admin admin, BrokerUnderTest broker, Ledger live) throws Exception {
        try (Ledger fresh = new Ledger(broker.bootstrap())) {
            fresh.readToEnd();
            assertThat(fresh.torn()).as("torn transactions").isEmpty();
            assertThat(fresh.seen()).as("acknowledged commits").containsAll(committed);
            assertThat(committing).as("nothing else was about to commit").containsAll(fresh.seen());
            assertThat(live.seen()).as("what was read while it came").isEqualTo(fresh.seen());
            assertThat(live.torn()).isEmpty();
            assertThat(
                            admin.listConsumerGroupOffsets(TransactionalWriter.GROUP)
                                    .partitionsToOffsetAndMetadata()
                                    .get())
                    .as("the offset of the last committed transaction")
                    .extractingByKey(TransactionalWriter.POSITION)
                    .extracting(OffsetAndMetadata::offset)
                    .isEqualTo(fresh.seen().stream().mapToLong(this::offsetOf).max().orElseThrow());
            System.out.println(
                    fresh.seen().size()
                            + " transactions committed, "
                            + (fresh.seen().size() - committed.size())
                            + " of them without the writer's knowledge, "
                            + aborted
                            + " aborted by the writer");
        }
    }

    private long offsetOf(String name) {
        String[] parts = name.split("-");
        return Long.parseLong(parts[0]) * TransactionalWriter.OFFSETS_PER_RUN
                + Long.parseLong(parts[1]);
    }
}
