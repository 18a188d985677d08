package io.millrace.clients.admin;

import io.millrace.clients.TopicPartition;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A directory in which a broker keeps logs. Sizes in bytes.
 *
 * @param error why it is offline
 */
public record LogDirDescription(
        String path,
        Optional<String> error,
        OptionalLong totalBytes,
        OptionalLong usableBytes,
        Map<TopicPartition, Replica> replicas) {
    public LogDirDescription {
        replicas = Map.copyOf(replicas);
    }

    /**
     * A partition's log here.
     *
     * @param offsetLag how far it is behind
     * @param future being moved here, not in use yet
     */
    public record Replica(long sizeBytes, long offsetLag, boolean future) {}
}
