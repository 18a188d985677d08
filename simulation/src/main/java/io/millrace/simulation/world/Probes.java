package io.millrace.simulation.world;

import io.millrace.broker.BrokerCore;
import io.millrace.broker.log.LogSnapshot;
import io.millrace.broker.partition.Partition;
import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.ImageHash;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Looks into the brokers between events, cheaply, twice a simulated second: images that must be
 * equal at equal offsets (M1) and never go back (M2), epochs (M4), leaders outside the ISR (M6),
 * two leaders of one epoch (L9), high watermarks that fall (L5), and leaders without what was
 * committed before them (L1).
 */
final class Probes {
    private static final int PERIOD_MS = 500;
    private static final int REMEMBERED_IMAGES = 1_000;

    private final World world;

    /** Hash of the image at an offset, as the first broker showed it. */
    private final TreeMap<Long, String> hashes = new TreeMap<>();

    private final TreeMap<Integer, Long> offsets = new TreeMap<>();
    private final TreeMap<String, Led> partitions = new TreeMap<>();
    private long looks;

    /** What is known of a partition's leaders so far. */
    private static final class Led {
        private final TreeMap<Integer, Integer> leaderOfEpoch = new TreeMap<>();
        private final TreeMap<String, Long> highWatermarks = new TreeMap<>();
        private int metadataEpoch = -1;
        private int committedEpoch = -1;
        private long committed;
    }

    Probes(World world) {
        this.world = world;
    }

    void begin() {
        world.director().schedule(PERIOD_MS, this::look);
    }

    private void look() {
        looks++;
        for (Machine machine : world.machines()) {
            BrokerCore core = machine.core();
            if (core != null && machine.isServing()) {
                lookAtImage(machine, core.image());
                core.partitions().all().stream()
                        .sorted(Comparator.comparing(it -> it.id().toString()))
                        .forEach(partition -> lookAtPartition(machine, partition));
            }
        }
        begin();
    }

    private void lookAtImage(Machine machine, MetadataImage image) {
        Long before = offsets.put(machine.id(), image.offset());
        if (before != null && before == image.offset()) {
            return;
        }
        if (before != null && before > image.offset() && machine.looksSinceStart(looks) > 1) {
            world.violate(
                    "M2 (an image never goes back)",
                    machine + " went from offset " + before + " to " + image.offset(),
                    null);
        }
        String hash = ImageHash.of(image);
        String known = hashes.putIfAbsent(image.offset(), hash);
        if (known != null && !known.equals(hash)) {
            world.violate(
                    "M1 (equal images at equal offsets)",
                    machine + " has another image at offset " + image.offset(),
                    null);
        }
        if (hashes.size() > REMEMBERED_IMAGES) {
            hashes.pollFirstEntry();
        }
        forEachPartition(image, (topic, index, state) -> lookAtState(machine, topic, index, state));
    }

    private void lookAtState(Machine machine, TopicImage topic, int index, PartitionImage state) {
        if (state.hasLeader() && !state.isr().contains(state.leader())) {
            world.violate(
                    "M6 (a leader is in the ISR)",
                    topic.name() + "-" + index + " " + state + " as " + machine + " knows it",
                    null);
        }
        Led led = led(topic.id() + "-" + index);
        led.metadataEpoch = Math.max(led.metadataEpoch, state.leaderEpoch());
    }

    private Led led(String key) {
        return partitions.computeIfAbsent(key, unknown -> new Led());
    }

    private void lookAtPartition(Machine machine, Partition partition) {
        LogSnapshot log = partition.snapshot().orElse(null);
        if (log == null || !partition.leading() || partition.damage().isPresent()) {
            return;
        }
        int epoch = partition.leaderEpoch();
        Led led = led(partition.topicId() + "-" + partition.id().partition());
        Integer other = led.leaderOfEpoch.putIfAbsent(epoch, machine.id());
        if (other != null && other != machine.id()) {
            world.violate(
                    "L9 (one leader in one epoch)",
                    partition.id() + " epoch " + epoch + ": " + machine + " and broker " + other,
                    null);
        }
        if (led.leaderOfEpoch.size() > 50) {
            led.leaderOfEpoch.pollFirstEntry();
        }
        String life = machine.lifeName() + "/" + epoch;
        Long highWatermark = led.highWatermarks.put(life, log.highWatermark());
        if (highWatermark != null && highWatermark > log.highWatermark()) {
            world.violate(
                    "L5 (a high watermark does not fall)",
                    partition.id()
                            + " epoch "
                            + epoch
                            + ": from "
                            + highWatermark
                            + " to "
                            + log.highWatermark()
                            + " on "
                            + machine,
                    null);
        }
        if (led.highWatermarks.size() > 50) {
            led.highWatermarks.pollFirstEntry();
        }
        lookForLoss(machine, partition, led, log, epoch);
    }

    private void lookForLoss(
            Machine machine, Partition partition, Led led, LogSnapshot log, int epoch) {
        if (epoch >= led.committedEpoch && log.logEndOffset() < led.committed) {
            world.violate(
                    "L1 (a leader has everything that was committed)",
                    partition.id()
                            + ": committed up to "
                            + led.committed
                            + " in epoch "
                            + led.committedEpoch
                            + ", but "
                            + machine
                            + " leads epoch "
                            + epoch
                            + " and ends at "
                            + log.logEndOffset(),
                    null);
        }
        if (epoch >= led.committedEpoch && log.highWatermark() >= led.committed) {
            led.committedEpoch = epoch;
            led.committed = log.highWatermark();
        }
    }

    /** Whether every replica of every partition is in sync and every broker may lead. */
    boolean allInSync() {
        return describe().isEmpty();
    }

    /** What is not in sync, in words. */
    String describe() {
        MetadataImage image = world.newestImage();
        List<String> problems = new ArrayList<>();
        for (Machine machine : world.machines()) {
            BrokerImage broker = image.broker(machine.id());
            if (broker == null || broker.fenced()) {
                problems.add(machine + " is fenced");
            }
        }
        forEachPartition(
                image,
                (topic, index, state) -> {
                    if (!state.hasLeader() || state.isr().size() < state.replicas().size()) {
                        problems.add(topic.name() + "-" + index + " " + state);
                    }
                });
        return String.join("; ", problems);
    }

    private interface PartitionVisitor {
        void visit(TopicImage topic, int index, PartitionImage state);
    }

    private static void forEachPartition(MetadataImage image, PartitionVisitor visitor) {
        List<TopicImage> topics = new ArrayList<>();
        image.forEachTopic(topics::add);
        topics.sort(Comparator.comparing(TopicImage::name));
        for (TopicImage topic : topics) {
            for (int i = 0; i < topic.partitions().size(); i++) {
                visitor.visit(topic, i, topic.partitions().get(i));
            }
        }
    }

    /** Below what all replicas have, they have the same (L6, L7); epochs never fall (L8). */
    void compareReplicas() {
        forEachPartition(
                world.newestImage(),
                (topic, index, state) -> {
                    // Compaction removes other records at other times on each replica.
                    if (!topic.name().startsWith("__")) {
                        compare(topic.name() + "-" + index, state.replicas());
                    }
                });
    }

    private void compare(String partition, List<Integer> replicas) {
        Map<Long, StoredBatch> first = new TreeMap<>();
        for (int replica : replicas) {
            Machine machine = world.machine(replica);
            StoredBatch before = null;
            for (StoredBatch batch : StoredBatch.in(machine.disk(), partition)) {
                if (before != null && batch.leaderEpoch() < before.leaderEpoch()) {
                    world.violate(
                            "L8 (epochs never fall within a log)",
                            partition + " on " + machine + ": " + before + " then " + batch,
                            null);
                }
                before = batch;
                StoredBatch known = batch.valid() ? first.putIfAbsent(batch.offset(), batch) : null;
                if (known != null && !known.equals(batch)) {
                    world.violate(
                            "L6 (replicas are identical)",
                            partition + " on " + machine + ": " + batch + ", elsewhere " + known,
                            null);
                    return;
                }
            }
        }
    }
}
