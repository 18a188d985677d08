package io.millrace.broker.partition;

import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.LogDirectory;
import io.millrace.broker.log.TopicPartition;
import io.millrace.metadata.image.PartitionImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The partitions that this broker holds, by name and by topic id. Changed by the one thread that
 * applies metadata; read by any.
 */
public final class PartitionTable {
    private static final Logger LOGGER = LoggerFactory.getLogger(PartitionTable.class);

    private final PartitionContext context;
    private final RecoveryProgress recovery;
    private final List<LogDirectory> directories;
    private final Map<TopicPartition, LogDirectory> placed = new HashMap<>();
    private final Map<TopicPartition, Partition> byName = new ConcurrentHashMap<>();
    private final Map<ById, Partition> byId = new ConcurrentHashMap<>();

    private volatile LongUnaryOperator movePauseMs = bytes -> 0;

    /** Whether everything that metadata knew at the start has been claimed. */
    private boolean settled;

    private record ById(UUID topicId, int partition) {}

    public PartitionTable(PartitionContext context, List<LogDirectory> directories) {
        this.context = context;
        this.recovery = new RecoveryProgress(context.clock());
        this.directories = List.copyOf(directories);
        for (LogDirectory directory : directories) {
            directory.found().forEach(partition -> claim(partition, directory));
            directory.whenOffline().thenAccept(cause -> onOffline(directory));
        }
    }

    /** Of two directories of one name the one that was moved to last is the newer. */
    private void claim(TopicPartition partition, LogDirectory directory) {
        LogDirectory other = placed.put(partition, directory);
        if (other == null) {
            return;
        }
        LogDirectory newer = directory.hasTakenOver(partition) ? directory : other;
        LogDirectory older = newer == directory ? other : directory;
        placed.put(partition, newer);
        if (newer.hasTakenOver(partition)) {
            older.inBackground(() -> older.giveUpTo(newer, partition));
        } else {
            LOGGER.atError()
                    .addKeyValue("partition", partition)
                    .addKeyValue("used", newer.root())
                    .addKeyValue("leftAlone", older.root())
                    .log("two directories hold this partition; remove the wrong one by hand");
        }
    }

    /** What is in the directory answers nothing any more; the others go on. */
    private void onOffline(LogDirectory directory) {
        for (Partition partition : byName.values()) {
            if (partition.directory() == directory) {
                partition.onDirectoryOffline();
            }
        }
    }

    /** Bounds what moves between directories copy per second, of all directories together. */
    public void throttleMoves(LongUnaryOperator pauseMsAfterBytes) {
        movePauseMs = pauseMsAfterBytes;
    }

    /**
     * Moves a replica to another directory of this broker; to where it is ends a move. Completes
     * when it is there.
     */
    public CompletableFuture<Void> move(Partition partition, LogDirectory target) {
        if (partition.directory() == target) {
            partition.stay();
            return CompletableFuture.completedFuture(null);
        }
        return partition.moveTo(target, bytes -> movePauseMs.applyAsLong(bytes));
    }

    public List<LogDirectory> directories() {
        return directories;
    }

    public @Nullable Partition find(TopicPartition partition) {
        return byName.get(partition);
    }

    public @Nullable Partition find(String topic, int partition) {
        return byName.get(new TopicPartition(topic, partition));
    }

    public @Nullable Partition find(UUID topicId, int partition) {
        return byId.get(new ById(topicId, partition));
    }

    public Collection<Partition> all() {
        return byName.values();
    }

    /**
     * Begins to serve a partition, or gives the one that is served already its new state and
     * configuration. Touches no file: the log is opened when it is first used, or when other
     * brokers hold the partition too.
     */
    public Partition createOrLoad(
            TopicPartition id, UUID topicId, LogConfig config, PartitionImage state) {
        Partition known = byName.get(id);
        if (known != null && known.topicId().equals(topicId)) {
            known.obey(state);
            if (!known.config().equals(config)) {
                known.reconfigure(config);
            }
            return known;
        }
        if (known != null) {
            remove(id);
        }
        Partition created = new Partition(id, topicId, config, place(id), context);
        created.obey(state);
        byName.put(id, created);
        byId.put(new ById(topicId, id.partition()), created);
        resumeMove(created);
        return created;
    }

    /** A move that the end of the last process interrupted begins anew. */
    private void resumeMove(Partition partition) {
        for (LogDirectory directory : directories) {
            if (directory != partition.directory()
                    && directory.failure() == null
                    && directory.coming().contains(partition.id())) {
                move(partition, directory);
            }
        }
    }

    /** What was here at the start is known; what comes from now on is new. */
    public void settle() {
        settled = true;
    }

    private LogDirectory place(TopicPartition id) {
        LogDirectory there = placed.get(id);
        if (there != null) {
            return there;
        }
        if (directories.size() == 1) {
            return directories.get(0);
        }
        if (!settled) {
            // Its log may be in a directory that cannot be read: a second one must not begin.
            for (LogDirectory directory : directories) {
                if (directory.failure() != null) {
                    return directory;
                }
            }
        }
        Map<LogDirectory, Integer> load = new HashMap<>();
        placed.values().forEach(directory -> load.merge(directory, 1, Integer::sum));
        LogDirectory least =
                directories.stream()
                        .filter(directory -> directory.failure() == null)
                        .min(
                                Comparator.comparing((LogDirectory d) -> d.fullness() != null)
                                        .thenComparing(d -> load.getOrDefault(d, 0)))
                        .orElse(directories.get(0));
        placed.put(id, least);
        return least;
    }

    /** Stops serving a partition and removes its data. Completes when its directory is renamed. */
    public CompletableFuture<Void> remove(TopicPartition id) {
        Partition partition = byName.remove(id);
        if (partition == null) {
            return CompletableFuture.completedFuture(null);
        }
        byId.remove(new ById(partition.topicId(), id.partition()));
        placed.remove(id);
        return partition.remove();
    }

    /** Gives all partitions of a topic a new configuration. */
    public void updateConfig(String topic, LogConfig config) {
        for (Partition partition : byName.values()) {
            if (partition.id().topic().equals(topic)) {
                partition.reconfigure(config);
            }
        }
    }

    /** Directories found at the start that no metadata has claimed; they are left alone. */
    public Set<TopicPartition> unclaimed() {
        Set<TopicPartition> unclaimed = new HashSet<>();
        directories.forEach(directory -> unclaimed.addAll(directory.found()));
        unclaimed.removeAll(byName.keySet());
        return unclaimed;
    }

    /**
     * Opens the logs of directories that were not closed in order, so that recovery happens now and
     * not when a client first asks. Partitions can be used meanwhile; each waits only for itself.
     */
    public CompletableFuture<Void> recoverUncleanDirectories() {
        Map<LogDirectory, Integer> counts = new HashMap<>();
        List<Partition> unclean = new ArrayList<>();
        for (Partition partition : byName.values()) {
            if (!partition.directory().wasCleanlyShutDown()) {
                unclean.add(partition);
                counts.merge(partition.directory(), 1, Integer::sum);
            }
        }
        recovery.begin(counts);
        List<CompletableFuture<?>> all = new ArrayList<>();
        for (Partition partition : unclean) {
            all.add(
                    partition
                            .load()
                            .whenComplete((loaded, failure) -> recovery.recovered(partition))
                            .handle((loaded, failure) -> null));
        }
        return CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0]));
    }

    /** What is left of {@link #recoverUncleanDirectories}. */
    public RecoveryProgress recovery() {
        return recovery;
    }

    /** Applies retention everywhere. */
    public CompletableFuture<Void> applyRetention(long producerExpirationMs) {
        return forEach(partition -> partition.applyRetention(producerExpirationMs));
    }

    /**
     * Puts all logs on the device and notes how far; then the next start checks only what follows.
     */
    public CompletableFuture<Void> checkpoint() {
        return forEach(Partition::checkpoint).thenRun(this::writeCheckpoints);
    }

    /** Lets leaders look for followers that do not keep up. */
    public void checkIsrs() {
        byName.values().forEach(Partition::checkIsr);
    }

    /** Notes on the device what is committed; cheap, and more often than {@link #checkpoint}. */
    public void checkpointHighWatermarks() {
        Set<LogDirectory> changed = new HashSet<>();
        for (Partition partition : byName.values()) {
            if (partition.noteHighWatermark()) {
                changed.add(partition.directory());
            }
        }
        for (LogDirectory directory : changed) {
            if (directory.failure() == null) {
                directory.inBackground(directory::writeHighWatermarks);
            }
        }
    }

    private void writeCheckpoints() {
        for (LogDirectory directory : directories) {
            if (directory.failure() == null) {
                directory.inBackground(directory::writeCheckpoints);
            }
        }
    }

    /** Closes every log in order and leaves the mark that makes the next start quick. */
    public CompletableFuture<Void> close() {
        return close(OptionalLong.empty());
    }

    /**
     * The same, with the epoch of the broker that stops in the mark: so the controller knows at the
     * next registration that nothing was lost since.
     */
    public CompletableFuture<Void> close(OptionalLong brokerEpoch) {
        return forEach(Partition::close).thenRun(() -> markCleanShutdown(brokerEpoch));
    }

    private void markCleanShutdown(OptionalLong brokerEpoch) {
        for (LogDirectory directory : directories) {
            try {
                directory.markCleanShutdown(brokerEpoch);
            } catch (IOException e) {
                directory.fail("cannot mark the clean stop", e);
            }
        }
    }

    private CompletableFuture<Void> forEach(Function<Partition, CompletableFuture<Void>> action) {
        List<CompletableFuture<?>> all = new ArrayList<>();
        for (Partition partition : byName.values()) {
            all.add(action.apply(partition));
        }
        return CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0]));
    }
}
