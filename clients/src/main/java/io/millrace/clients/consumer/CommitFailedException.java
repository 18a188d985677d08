package io.millrace.clients.consumer;

import io.millrace.clients.ClientException;

/**
 * Offsets could not be committed because the group moved on without this member; its partitions may
 * already be somebody else's. Poll on: the consumer joins again.
 */
public final class CommitFailedException extends ClientException {
    private static final long serialVersionUID = 1L;

    public CommitFailedException(String message) {
        super(message);
    }
}
