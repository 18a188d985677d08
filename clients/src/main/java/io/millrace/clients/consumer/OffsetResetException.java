package io.millrace.clients.consumer;

import io.millrace.clients.ClientException;
import io.millrace.clients.TopicPartition;
import java.util.List;

/**
 * There is no position to read from and {@code auto.offset.reset=none}: nothing is committed, or
 * the offset is no longer (or not yet) in the log. {@code seek} resolves it.
 */
public final class OffsetResetException extends ClientException {
    private static final long serialVersionUID = 1L;

    private final transient List<TopicPartition> partitions;

    public OffsetResetException(String message, List<TopicPartition> partitions) {
        super(message);
        this.partitions = List.copyOf(partitions);
    }

    public List<TopicPartition> partitions() {
        return partitions;
    }
}
