package io.millrace.system.faults;

import io.millrace.simulation.history.HistoryChecker;
import io.millrace.simulation.history.Isolation;
import io.millrace.simulation.history.Probe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;

/**
 * Everything that clients do at once in one round, on topics of its own: plain and idempotent
 * appends, transactions with offsets, groups, readers of both kinds, questions for offsets. After
 * the last fault: the last reads, the replicas' logs, and the verdict.
 */
final class Workload {
    static final int PARTITIONS = 3;
    private static final Duration LAST_PATIENCE = Duration.ofSeconds(90);

    private final Cluster cluster;
    private final ClusterState state;
    private final Chronicle chronicle = new Chronicle();
    private final String appends;
    private final String ledger;
    private final String group;
    private final List<Work> works = new ArrayList<>();
    private final List<String> transactional = new ArrayList<>();

    Workload(Cluster cluster, ClusterState state, String name) {
        this.cluster = cluster;
        this.state = state;
        this.appends = "appends-" + name;
        this.ledger = "ledger-" + name;
        this.group = "group-" + name;
    }

    String topic() {
        return appends;
    }

    String group() {
        return group;
    }

    Chronicle chronicle() {
        return chronicle;
    }

    void begin(SplittableRandom random, Map<String, String> topicConfig) {
        state.createTopic(appends, PARTITIONS, topicConfig, Duration.ofSeconds(60));
        state.createTopic(ledger, PARTITIONS, topicConfig, Duration.ofSeconds(60));
        String at = cluster.bootstrap();
        var recorder = chronicle.recorder();
        works.add(new AppendWork("i1", at, recorder, appends, PARTITIONS, true));
        works.add(new AppendWork("i2", at, recorder, appends, PARTITIONS, true));
        works.add(new AppendWork("p1", at, recorder, appends, PARTITIONS, false));
        for (String name : List.of("t1", "t2")) {
            transactional.add(name + "-" + ledger);
            works.add(
                    new TransactionWork(
                            name + "-" + ledger,
                            at,
                            recorder,
                            ledger,
                            PARTITIONS,
                            random.nextLong()));
        }
        for (String name : List.of("g1", "g2")) {
            works.add(new GroupWork(name, at, recorder, appends, group, random.nextLong()));
        }
        works.add(new ReadWork("r1", at, recorder, of(appends), Isolation.READ_UNCOMMITTED));
        works.add(new ReadWork("r2", at, recorder, of(ledger), Isolation.READ_COMMITTED));
        works.add(new ReadWork("r3", at, recorder, of(ledger), Isolation.READ_UNCOMMITTED));
        works.add(offsets("o1", appends));
        works.add(offsets("o2", ledger));
        works.forEach(Work::begin);
    }

    private OffsetsWork offsets(String name, String topic) {
        return new OffsetsWork(name, cluster.bootstrap(), chronicle.recorder(), of(topic), group);
    }

    private static List<TopicPartition> of(String topic) {
        return IntStream.range(0, PARTITIONS)
                .mapToObj(index -> new TopicPartition(topic, index))
                .toList();
    }

    /** Records acknowledged so far. */
    long acknowledged() {
        return chronicle.acknowledged();
    }

    /** Ends all work; everything has healed. */
    HistoryChecker.Verdict finish() throws Exception {
        works.forEach(Work::finish);
        works.forEach(Work::close);
        List<OffsetsWork> asks = List.of(offsets("last-1", appends), offsets("last-2", ledger));
        for (OffsetsWork ask : asks) {
            try (Admin admin = ask.admin()) {
                awaitStable(ask, admin);
            }
        }
        chronicle.recorder().note("harness", new Probe.Quiet());
        for (OffsetsWork ask : asks) {
            try (Admin admin = ask.admin()) {
                ask.latest(admin, Isolation.READ_UNCOMMITTED);
                ask.latest(admin, Isolation.READ_COMMITTED);
                for (String name : transactional) {
                    ask.committed(
                            admin,
                            TransactionWork.groupOf(name),
                            List.of(TransactionWork.inputOf(ledger)),
                            true);
                }
            }
        }
        lastRead(appends, Isolation.READ_UNCOMMITTED);
        lastRead(ledger, Isolation.READ_UNCOMMITTED);
        lastRead(ledger, Isolation.READ_COMMITTED);
        ReplicaLogs.record(cluster, appends, chronicle.recorder());
        ReplicaLogs.record(cluster, ledger, chronicle.recorder());
        return HistoryChecker.judge(chronicle.events());
    }

    void deleteTopics() {
        state.deleteTopics(List.of(appends, ledger));
    }

    /** Gives transactions without an owner their timeout, and not much longer. */
    private static void awaitStable(OffsetsWork ask, Admin admin) throws Exception {
        long until =
                System.nanoTime()
                        + Duration.ofMillis(TransactionWork.TIMEOUT_MS + 30_000L).toNanos();
        while (System.nanoTime() < until) {
            try {
                if (ask.isStable(admin)) {
                    return;
                }
            } catch (InterruptedException e) {
                throw e;
            } catch (Exception e) {
                Pause.millis(100); // asked again; the last answer counts
            }
            Pause.millis(200);
        }
    }

    private void lastRead(String topic, Isolation isolation) {
        new ReadWork(
                        "last-" + topic + "-" + isolation,
                        cluster.bootstrap(),
                        chronicle.recorder(),
                        of(topic),
                        isolation)
                .readAll(LAST_PATIENCE);
    }
}
