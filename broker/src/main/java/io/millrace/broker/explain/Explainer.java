package io.millrace.broker.explain;

import io.millrace.broker.log.LogSnapshot;
import io.millrace.broker.log.ProducerState;
import io.millrace.broker.partition.Partition;
import io.millrace.broker.partition.PartitionTable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Puts together what this broker can say about an entity: its past, and what it waits for. */
public final class Explainer {
    private static final int NO_TRANSACTION = -1;

    private final Timelines timelines;
    private final PartitionTable partitions;

    /**
     * What is told.
     *
     * @param present what holds the entity back now; empty where this broker is not in charge
     */
    public record Explanation(List<Event> events, List<String> present) {
        public Explanation {
            events = List.copyOf(events);
            present = List.copyOf(present);
        }
    }

    public Explainer(Timelines timelines, PartitionTable partitions) {
        this.timelines = timelines;
        this.partitions = partitions;
    }

    /** Any thread. */
    public CompletableFuture<Explanation> explain(Entity entity) {
        Partition led = entity.kind() == Entity.Kind.PARTITION ? led(entity.name()) : null;
        CompletableFuture<List<String>> present =
                led == null
                        ? CompletableFuture.completedFuture(List.of())
                        : led.producers().thenApply(producers -> present(led, producers));
        return timelines.of(entity).thenCombine(present, Explanation::new);
    }

    private @Nullable Partition led(String name) {
        for (Partition partition : partitions.all()) {
            if (partition.leading() && partition.id().toString().equals(name)) {
                return partition;
            }
        }
        return null;
    }

    private static List<String> present(Partition partition, List<ProducerState> producers) {
        LogSnapshot log = partition.snapshot().orElseThrow();
        List<String> lines = new ArrayList<>();
        lines.add(
                "leader epoch "
                        + partition.leaderEpoch()
                        + ", log start "
                        + log.logStartOffset()
                        + ", last stable offset "
                        + log.lastStableOffset()
                        + ", high watermark "
                        + log.highWatermark()
                        + ", log end "
                        + log.logEndOffset());
        if (log.lastStableOffset() < log.highWatermark()) {
            producers.stream()
                    .filter(each -> each.transactionFirstOffset() != NO_TRANSACTION)
                    .min(Comparator.comparingLong(ProducerState::transactionFirstOffset))
                    .ifPresent(
                            oldest ->
                                    lines.add(
                                            "the last stable offset waits for the transaction of"
                                                    + " producer "
                                                    + oldest.producerId()
                                                    + " epoch "
                                                    + oldest.epoch()
                                                    + ", open since offset "
                                                    + oldest.transactionFirstOffset()
                                                    + "; millrace transactions find-hanging shows"
                                                    + " whether its coordinator will end it"));
        }
        return lines;
    }
}
