package io.millrace.benchmarks;

import io.millrace.base.time.RandomSource;
import io.millrace.base.time.SystemClock;
import io.millrace.broker.controller.Basis;
import io.millrace.broker.controller.BrokerPlan;
import io.millrace.broker.controller.IsrChange;
import io.millrace.broker.controller.IsrPlan;
import io.millrace.broker.controller.Leadership;
import io.millrace.broker.controller.NewTopic;
import io.millrace.broker.controller.TopicTerms;
import io.millrace.metadata.image.ImageEditor;
import io.millrace.metadata.image.LogReplay;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.MetadataSnapshot;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.metadata.record.BatchWriter;
import io.millrace.metadata.record.MetadataBatch;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.zk.embedded.EmbeddedZooKeeper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * What 100,000 partitions cost the metadata: three brokers that hold no records, on one real
 * ZooKeeper server, all in this process. Nothing of Apache Kafka stands beside it.
 */
final class MetadataBench {
    private static final int TOPICS = 20;
    private static final int PARTITIONS_EACH = 5_000;
    private static final int REPLICAS = 3;
    private static final int REPEATS = 5;
    private static final long PATIENCE_MS = 300_000;

    private final StringBuilder table = new StringBuilder();

    /** Runs everything once and gives a table. */
    String run() throws Exception {
        table.append(
                "| metadata, 100,000 partitions x 3 replicas on 3 brokers | value |\n|---|---|\n");
        Path directory = Directories.temporary("metadata-zookeeper");
        try (EmbeddedZooKeeper server = EmbeddedZooKeeper.start(directory)) {
            List<MetadataMember> members = new ArrayList<>();
            for (int id = 0; id < 3; id++) {
                members.add(MetadataMember.start(id, server, members));
            }
            for (MetadataMember member : members) {
                await(() -> member.isUnfenced());
            }
            create(members);
            MetadataImage image = members.get(0).image();
            measureLoad(server, members);
            failOver(members);
            decide(image);
            List.copyOf(members).forEach(MetadataMember::kill);
        }
        Directories.delete(directory);
        return table.toString();
    }

    private void create(List<MetadataMember> members) throws Exception {
        long before = nanos();
        for (int i = 0; i < TOPICS; i++) {
            NewTopic topic = NewTopic.sized("t" + i, PARTITIONS_EACH, REPLICAS, Map.of());
            MetadataMember.leaderOf(members)
                    .controller()
                    .createTopics(List.of(topic), false)
                    .get(PATIENCE_MS, TimeUnit.MILLISECONDS);
        }
        row("created in 20 requests", before, 1);
        awaitTopics(members);
    }

    private static void awaitTopics(List<MetadataMember> members) throws Exception {
        for (MetadataMember member : members) {
            await(() -> member.image().topicCount() == TOPICS);
        }
    }

    /** A broker that knows nothing joins: it reads the log, registers, and shows an image. */
    private void measureLoad(EmbeddedZooKeeper server, List<MetadataMember> members)
            throws Exception {
        List<MetadataMember> with = new ArrayList<>(members);
        long before = nanos();
        MetadataMember late = MetadataMember.start(9, server, with);
        await(late::isUnfenced);
        row("a broker without a snapshot joins and has everything", before, 1);
        late.kill();
        MetadataMember.leaderOf(members).refused(9);
        await(() -> !late.isUnfencedFor(members.get(0)));
    }

    private void failOver(List<MetadataMember> members) throws Exception {
        for (int round = 0; round < 2 && members.size() > 1; round++) {
            MetadataMember dead = MetadataMember.leaderOf(members);
            int led = ledBy(members.get(0).image(), dead.id());
            List<MetadataMember> rest = new ArrayList<>(members);
            rest.remove(dead);
            dead.kill();
            members.remove(dead);
            long before = nanos();
            rest.forEach(member -> member.refused(dead.id()));
            await(
                    () ->
                            rest.stream()
                                    .allMatch(
                                            m -> m.image().controllerId().orElse(-1) != dead.id()));
            row("controller " + dead.id() + " dies: another leads the cluster", before, 1);
            await(() -> rest.stream().allMatch(m -> ledBy(m.image(), dead.id()) == 0));
            row("   and its " + led + " partitions have leaders, seen by all", before, 1);
        }
    }

    private static int ledBy(MetadataImage image, int broker) {
        int[] count = {0};
        image.forEachPartitionOn(
                broker,
                (topic, index, partition) -> count[0] += partition.leader() == broker ? 1 : 0);
        return count[0];
    }

    private void decide(MetadataImage image) {
        List<MetadataRecord> all = new ArrayList<>();
        MetadataSnapshot snapshot = MetadataSnapshot.of(image);
        int bytes = snapshot.chunks().stream().mapToInt(chunk -> chunk.length).sum();
        repeat("snapshot written (" + bytes / 1024 + " KiB)", () -> MetadataSnapshot.of(image));
        repeat("snapshot loaded into an image", snapshot::toImage);
        Basis basis = new Basis(image, TopicTerms.of(2));
        repeat("a dead broker's changes decided", () -> new BrokerPlan(basis).fence(Set.of(1)));
        repeat(
                "a new controller looks for what was left unfinished",
                () -> new Leadership(basis).repair());
        all.addAll(new BrokerPlan(basis).fence(Set.of(1)));
        repeat("   its " + all.size() + " records cut into batches", () -> write(image, all));
        List<MetadataBatch> batches = write(image, all);
        repeat("   decoded and replayed", () -> replay(image, batches));
        TopicImage topic = Objects.requireNonNull(image.topic("t0"));
        repeat("one in-sync change decided and applied", () -> oneChange(basis, topic));
    }

    private static List<MetadataBatch> write(MetadataImage image, List<MetadataRecord> records) {
        return new BatchWriter(image.position(), image.controllerEpoch(), RandomSource.seeded(1))
                .writeSingly(records);
    }

    private static MetadataImage replay(MetadataImage image, List<MetadataBatch> batches) {
        LogReplay replay = new LogReplay(image);
        batches.forEach(batch -> replay.accept(MetadataBatch.decode(batch.encoded())));
        return replay.image();
    }

    private static MetadataImage oneChange(Basis basis, TopicImage topic) {
        MetadataImage image = basis.image();
        PartitionImage partition = topic.partitions().get(0);
        int leader = partition.leader();
        long epoch = Objects.requireNonNull(image.broker(leader)).epoch();
        IsrChange change =
                new IsrChange(
                        topic.id(),
                        0,
                        partition.leaderEpoch(),
                        partition.partitionEpoch(),
                        List.of(new IsrChange.Member(leader, epoch)));
        ImageEditor editor = new ImageEditor(image);
        new IsrPlan(basis).alter(leader, epoch, List.of(change)).records().forEach(editor::apply);
        return editor.finish(image.position()).after();
    }

    private void repeat(String what, java.util.function.Supplier<?> work) {
        for (int i = 0; i < REPEATS; i++) {
            Objects.requireNonNull(work.get());
        }
        long before = nanos();
        for (int i = 0; i < REPEATS; i++) {
            Objects.requireNonNull(work.get());
        }
        row(what, before, REPEATS);
    }

    private void row(String what, long before, int times) {
        String line = String.format("| %s | %.2f ms |%n", what, (nanos() - before) / 1e6 / times);
        System.err.print("bench: " + line);
        table.append(line);
    }

    private static void await(BooleanSupplier condition) throws Exception {
        long end = nanos() + PATIENCE_MS * 1_000_000;
        while (!condition.getAsBoolean()) {
            if (nanos() > end) {
                throw new IllegalStateException("not there after " + PATIENCE_MS + " ms");
            }
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    private static long nanos() {
        return SystemClock.INSTANCE.nanos();
    }
}
