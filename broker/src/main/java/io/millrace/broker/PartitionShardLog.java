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
    private final int leaderEpoch;

    /** The log while this broker leads it under this epoch. */
    PartitionShardLog(Partition partition, int leaderEpoch) {
        this.partition = partition;
        this.leaderEpoch = leaderEpoch;
    }

    @Override
    public int leaderEpoch() {
        return leaderEpoch;
    }

    @Override
    public EventLoop loop() {
        return partition.loop();
    }

    @Override
    public CompletableFuture<Void> open() {
        CompletableFuture<Void> committed = new CompletableFuture<>();
        partition
                .load()
                .whenComplete(
                        (done, failure) -> {
                            if (failure == null) {
                                partition.loop().execute(() -> awaitCommit(committed));
                            } else {
                                committed.completeExceptionally(failure);
                            }
                        });
        return committed;
    }

    /**
     * A new leader may have more than it knows to be committed. All of that is what the one before
     * recorded and may have told of, so it has to be in the state; it counts once it is committed.
     */
    private void awaitCommit(CompletableFuture<Void> committed) {
        LogSnapshot log = opened();
        long end = log.logEndOffset();
        if (log.highWatermark() >= end || !isLed()) {
            committed.complete(null);
            return;
        }
        partition.onAdvance(
                end - 1,
                Isolation.READ_UNCOMMITTED,
                () -> partition.loop().post(() -> awaitCommit(committed)));
    }

    private boolean isLed() {
        return partition.leading() && partition.leaderEpoch() == leaderEpoch;
    }

    @Override
    public long startOffset() {
        return opened().logStartOffset();
    }

    @Override
    public long committedOffset() {
        return opened().highWatermark();
    }

    @Override
    public long endOffset() {
        return opened().logEndOffset();
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
        if (!isLed()) {
            batch.release();
            partition.loop().post(() -> done.accept(notLed()));
            return;
        }
        CompletableFuture<AppendResult> appended =
                partition.append(batch, ACKS_ALL, AppendOrigin.COORDINATOR);
        batch.release();
        appended.whenComplete(
                (result, failure) ->
                        partition.loop().execute(() -> done.accept(failureOf(result, failure))));
    }

    @Override
    public void end(TransactionMarker marker, Consumer<@Nullable ApiException> done) {
        if (!isLed()) {
            partition.loop().post(() -> done.accept(notLed()));
            return;
        }
        partition
                .endTransaction(marker)
                .whenComplete(
                        (result, failure) ->
                                partition
                                        .loop()
                                        .execute(() -> done.accept(failureOf(result, failure))));
    }

    private ApiException notLed() {
        return new ApiException(
                ErrorCode.NOT_LEADER_OR_FOLLOWER,
                partition + " is not led under epoch " + leaderEpoch + " any more");
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
