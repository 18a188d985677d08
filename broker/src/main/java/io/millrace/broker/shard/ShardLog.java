package io.millrace.broker.shard;

import io.millrace.base.loop.EventLoop;
import io.millrace.broker.log.TransactionMarker;
import io.millrace.protocol.error.ApiException;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The partition behind one shard, while this broker leads it. */
public interface ShardLog {

    /** The loop that owns the partition, and so the shard. */
    EventLoop loop();

    /** Leader epoch under which this broker leads; 0 where it never changes. */
    default int leaderEpoch() {
        return 0;
    }

    /** Makes the log ready to be read and appended to; the other methods need it. */
    CompletableFuture<Void> open();

    /** First offset to load from. */
    long startOffset();

    /** Offset up to which records are committed. */
    long committedOffset();

    /** Offset behind the last record, committed or not. */
    long endOffset();

    /**
     * Whole committed batches from the one that holds the offset on, at most about {@code
     * maxBytes}; the caller releases them. Empty at the committed offset.
     */
    ByteBuf read(long fromOffset, int maxBytes) throws IOException;

    /**
     * Appends one batch, whose buffer becomes the log's. {@code done} runs on the loop, in the
     * order of the appends: with null when the batch is committed and durable, else with the
     * failure.
     */
    void append(ByteBuf batch, Consumer<@Nullable ApiException> done);

    /**
     * Appends the end of a transaction; {@code done} as for {@link #append}, in the order of all
     * appends.
     */
    void end(TransactionMarker marker, Consumer<@Nullable ApiException> done);
}
