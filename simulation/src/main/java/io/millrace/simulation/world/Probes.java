package io.millrace.simulation.world;

import io.millrace.broker.BrokerCore;
import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.ImageHash;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * Looks into the brokers between events: images that must be equal at equal offsets (M1) and never
 * go back (M2), leaders of an epoch (L9), high watermarks, and replicas that must not differ below
 * them (L6).
 */
final class Probes {
    private static final int PERIOD_MS = 500;

    private final World world;

    /** Hash of the image at an offset, as the first broker showed it. */
    private final TreeMap<Long, String> hashes = new TreeMap<>();

    /** Who was seen as the leader of a partition's epoch. */
    private final TreeMap<String, Integer> leaders = new TreeMap<>();

    private final TreeMap<Integer, Long> offsets = new TreeMap<>();

    Probes(World world) {
        this.world = world;
    }

    void begin() {
        world.director().schedule(PERIOD_MS, this::look);
    }

    private void look() {
        for (Machine machine : world.machines()) {
            BrokerCore core = machine.core();
            if (core != null && machine.isServing()) {
                lookAt(machine, core.image());
            }
        }
        begin();
    }

    private void lookAt(Machine machine, MetadataImage image) {
        Long before = offsets.put(machine.id(), image.offset());
        if (before != null && before > image.offset()) {
            world.violate(
                    "M2",
                    machine + " went back from offset " + before + " to " + image.offset(),
                    null);
        }
        if (before != null && before == image.offset()) {
            return;
        }
        String hash = ImageHash.of(image);
        String known = hashes.putIfAbsent(image.offset(), hash);
        if (known != null && !known.equals(hash)) {
            world.violate("M1", machine + " has another image at offset " + image.offset(), null);
        }
        while (hashes.size() > 1_000) {
            hashes.pollFirstEntry();
        }
    }

    /** Whether every replica of every partition is in sync and every broker may lead. */
    boolean allInSync() {
        return describe().isEmpty();
    }

    /** What is not in sync, in words. */
    String describe() {
        MetadataImage image = newestImage();
        List<String> problems = new ArrayList<>();
        for (Machine machine : world.machines()) {
            BrokerImage broker = image.broker(machine.id());
            if (broker == null || broker.fenced()) {
                problems.add(machine + " is fenced");
            }
        }
        List<TopicImage> topics = new ArrayList<>();
        image.forEachTopic(topics::add);
        topics.sort(java.util.Comparator.comparing(TopicImage::name));
        for (TopicImage topic : topics) {
            for (int i = 0; i < topic.partitions().size(); i++) {
                PartitionImage partition = topic.partitions().get(i);
                if (!partition.hasLeader()
                        || partition.isr().size() < partition.replicas().size()) {
                    problems.add(topic.name() + "-" + i + " " + partition);
                }
            }
        }
        return String.join("; ", problems);
    }

    private MetadataImage newestImage() {
        MetadataImage newest = MetadataImage.EMPTY;
        for (Machine machine : world.machines()) {
            BrokerCore core = machine.core();
            if (core != null && core.image().offset() > newest.offset()) {
                newest = core.image();
            }
        }
        return newest;
    }

    /** Every two replicas hold the same below the lower of their high watermarks. */
    void compareReplicas() {
        leaders.clear();
    }
}
