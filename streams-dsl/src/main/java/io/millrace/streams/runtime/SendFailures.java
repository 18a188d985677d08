package io.millrace.streams.runtime;

import io.millrace.clients.ClientException;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.producer.SendCallback;
import io.millrace.streams.errors.StreamsException;
import org.jspecify.annotations.Nullable;

/** Remembers the first output record that was not acknowledged, until the thread looks. */
final class SendFailures implements SendCallback {
    private volatile @Nullable ClientException failure;
    private volatile @Nullable TopicPartition failedAt;

    @Override
    public void onAcknowledged(TopicPartition partition, long offset, long timestampMs) {}

    @Override
    public void onFailed(TopicPartition partition, ClientException error) {
        if (failure == null) {
            failedAt = partition;
            failure = error;
        }
    }

    void check() {
        ClientException failed = failure;
        if (failed != null) {
            throw new StreamsException(
                    "an output record for "
                            + failedAt
                            + " was not acknowledged: "
                            + failed.getMessage(),
                    failed);
        }
    }
}
