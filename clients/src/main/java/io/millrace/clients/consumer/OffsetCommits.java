package io.millrace.clients.consumer;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.ClusterClient;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Committing offsets from outside of a consumer. */
public final class OffsetCommits {
    private OffsetCommits() {}

    /** Commits in the name of a member, or of nobody for a group without members. On the loop. */
    public static CompletableFuture<Void> commit(
            ClusterClient cluster,
            Map<TopicPartition, OffsetAndMetadata> offsets,
            GroupMetadata member,
            long retryMs) {
        return new CommitQueue(cluster).commit(Map.copyOf(offsets), () -> member, retryMs);
    }
}
