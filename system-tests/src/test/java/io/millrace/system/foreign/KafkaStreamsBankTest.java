package io.millrace.system.foreign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.peers.ApacheTool;
import io.millrace.peers.PeerProcess;
import io.millrace.peers.Scratch;
import io.millrace.system.BrokerUnderTest;
import io.millrace.system.foreign.streams.BankTransfers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Kafka Streams 4.3.1 with {@code exactly_once_v2} moves money while the broker is killed: the
 * money of each branch is the same after every kill, and in the end every transfer was made once,
 * in order.
 */
@Tag("slow")
class KafkaStreamsBankTest {
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    @Test
    void theTotalStaysConstantWhileTheBrokerIsKilledTwentyTimes() throws Exception {
        verify("classic", 20);
    }

    @Test
    void theTotalStaysConstantInAStreamsGroup() throws Exception {
        verify("streams", 3);
    }

    private static void verify(String groupProtocol, int kills) throws Exception {
        Path directory = Scratch.directory("bank-");
        try (BrokerUnderTest broker = BrokerUnderTest.start("512m");
                BankLoad load = new BankLoad(createTopics(broker));
                BankAudit audit = new BankAudit(broker.bootstrap());
                PeerProcess job =
                        ApacheTool.start(
                                Path.of("target", "test-classes").toAbsolutePath(),
                                directory.resolve("job.out"),
                                BankTransfers.class.getName(),
                                broker.bootstrap(),
                                directory.resolve("state").toString(),
                                groupProtocol)) {
            assumeTrue(
                    groupProtocol.equals("classic") || servesStreamsGroups(broker),
                    "the broker has no streams groups (streams.version)");
            load.start();
            Random random = new Random(kills);
            for (int kill = 0; kill < kills; kill++) {
                awaitProgress(audit, job, audit.seen() + 200 + random.nextInt(3000));
                assertThat(audit.totals())
                        .as("money by branch before kill %d", kill)
                        .allMatch(total -> total == BankLoad.BRANCH_TOTAL);
                broker.kill();
                broker.restart();
            }
            awaitProgress(audit, job, audit.seen() + 1000);
            load.finish();
            Awaitility.await()
                    .atMost(PATIENCE)
                    .untilAsserted(
                            () -> {
                                audit.readCommitted();
                                assertThat(audit.balances()).isEqualTo(load.balances());
                                assertThat(audit.amounts()).isEqualTo(load.amounts());
                            });
            assertThat(audit.violations()).as("transfers twice or missing").isEmpty();
            assertThat(load.failures()).as("failed sends").isEmpty();
            assertThat(job.isAlive()).as(job.output()).isTrue();
            CompatibilityTable.works(
                    "kafka-streams",
                    "4.3.1",
                    "jobs.exactly_once_v2, " + groupProtocol + " group, " + kills + " SIGKILLs");
        } finally {
            Scratch.delete(directory);
        }
    }

    /** Reads on until so many balances are committed; the job has to live. */
    private static void awaitProgress(BankAudit audit, PeerProcess job, long balances) {
        job.awaitReady(
                "bank with " + balances + " balances",
                PATIENCE,
                () -> {
                    audit.readCommitted();
                    return audit.seen() >= balances;
                });
    }

    private static boolean servesStreamsGroups(BrokerUnderTest broker) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            return admin.describeFeatures()
                    .featureMetadata()
                    .get()
                    .finalizedFeatures()
                    .containsKey("streams.version");
        }
    }

    private static String createTopics(BrokerUnderTest broker) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            List<NewTopic> topics =
                    List.of(
                                    BankTransfers.TRANSFERS,
                                    BankTransfers.BALANCES,
                                    BankTransfers.AMOUNTS,
                                    BankTransfers.VIOLATIONS)
                            .stream()
                            .map(name -> new NewTopic(name, BankLoad.BRANCHES, (short) 1))
                            .toList();
            admin.createTopics(topics).all().get();
        }
        return broker.bootstrap();
    }
}
