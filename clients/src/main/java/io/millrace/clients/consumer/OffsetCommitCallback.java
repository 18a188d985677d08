package io.millrace.clients.consumer;

import io.millrace.clients.ClientException;
import io.millrace.clients.TopicPartition;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Told how {@code commitAsync} ended, on the polling thread in a later call. */
@FunctionalInterface
public interface OffsetCommitCallback {
    /**
     * @param error null if the offsets are committed
     */
    void onComplete(
            Map<TopicPartition, OffsetAndMetadata> offsets, @Nullable ClientException error);
}
