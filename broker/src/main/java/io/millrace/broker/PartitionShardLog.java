package io.millrace.broker;

import io.millrace.base.loop.EventLoop;
import io.millrace.broker.log.AppendOrigin;
import io.millrace.broker.log.FileRecords;
import io.millrace.broker.log.LogSnapshot;
import io.millrace.broker.log.TransactionMarker;
import io.millrace.broker.partition.AppendResult;
import io.millrace.broker.partition.Isolation;
import io.millrace.broker.partition.Partition;
import io.millrace.broker.partition.ReadResult;
import io.millrace.broker.shard.ShardLog;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A partition of the offsets topic as the log of its group shard. Used on the partition's loop. */
final class PartitionShardLog implements ShardLog {
    private static final short ACKS_ALL = -1;

    private final Partition partition;

    PartitionShardLog(Partition partition) {
        this.partition = partition;
    }

    @Override
    public EventLoop loop() {
        return partition.loop();
    }

    @Override
    public CompletableFuture<Void> open() {
        return partition.load();
    }

    @Override
    public long startOffset() {
        return opened().logStartOffset();
    }

    @Override
    public long committedOffset() {
        return opened().highWatermark();
    }

    private LogSnapshot opened() {
        return partition
                .snapshot()
                .orElseThrow(() -> new IllegalStateException(partition + " is not open"));
    }

    @Override
    public ByteBuf read(long fromOffset, int maxBytes) throws IOException {
        ReadResult result = partition.read(fromOffset, maxBytes, true, Isolation.READ_UNCOMMITTED);
        if (result instanceof ReadResult.Data data) {
            return data.records() instanceof FileRecords file
                    ? partition.read(file, fromOffset)
                    : Unpooled.EMPTY_BUFFER;
        }
        throw new IOException(partition + ": reading at offset " + fromOffset + ": " + result);
    }

    @Override
    public void append(ByteBuf batch, Consumer<@Nullable ApiException> done) {
        CompletableFuture<AppendResult> appended =
                partition.append(batch, ACKS_ALL, AppendOrigin.COORDINATOR);
        batch.release();
        appended.whenComplete(
                (result, failure) ->
                        partition.loop().execute(() -> done.accept(failureOf(result, failure))));
    }

    @Override
    public void end(TransactionMarker marker, Consumer<@Nullable ApiException> done) {
        partition
                .endTransaction(marker)
                .whenComplete(
                        (result, failure) ->
                                partition
                                        .loop()
                                        .execute(() -> done.accept(failureOf(result, failure))));
    }

    private static @Nullable ApiException failureOf(
            @Nullable AppendResult result, @Nullable Throwable failure) {
        if (result instanceof AppendResult.Rejected rejected) {
            return new ApiException(rejected.error(), rejected.message());
        }
        return failure == null
                ? null
                : new ApiException(
                        ErrorCode.UNKNOWN_SERVER_ERROR, String.valueOf(failure), failure);
    }
}
