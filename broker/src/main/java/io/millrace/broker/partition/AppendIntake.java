package io.millrace.broker.partition;

import io.millrace.base.loop.EventLoop;
import io.millrace.broker.log.AppendOrigin;
import io.millrace.broker.log.DiskFullException;
import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.log.TransactionMarker;
import io.millrace.broker.replication.Replica;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.record.BatchRules;
import io.millrace.protocol.record.BatchValidation;
import io.millrace.protocol.record.BatchValidator;
import io.millrace.protocol.record.RecordBatchView;
import io.millrace.protocol.record.TimestampType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.CompletableFuture;

/**
 * The way of a batch into its partition: checked on the caller's thread, then handed to the owner,
 * who queues it. Any thread.
 */
final class AppendIntake {
    private final TopicPartition id;
    private final PartitionIdentity identity;
    private final Replica replica;
    private final PartitionContext context;
    private final EventLoop owner;
    private final PartitionState state;
    private final OwnedLog log;
    private final AppendQueue appends;

    AppendIntake(
            PartitionIdentity identity,
            PartitionContext context,
            PartitionState state,
            OwnedLog log,
            AppendQueue appends) {
        this.id = identity.id();
        this.identity = identity;
        this.replica = identity.replica();
        this.context = context;
        this.owner = context.owners().loopFor(id);
        this.state = state;
        this.log = log;
        this.appends = appends;
    }

    CompletableFuture<AppendResult> append(ByteBuf records, AppendDemand demand) {
        if (demand.origin() != AppendOrigin.CLIENT) {
            RecordBatchView batch = RecordBatchView.at(records, records.readerIndex());
            return append(new PendingAppend(batch, demand, null));
        }
        LogConfig config = state.config();
        BatchValidation checked =
                BatchValidator.validate(records, rulesOf(config), context.clock().wallMs());
        if (checked instanceof BatchValidation.Invalid invalid) {
            return CompletableFuture.completedFuture(rejected(invalid));
        }
        BatchValidation.Valid valid = (BatchValidation.Valid) checked;
        if (config.timestampType() == TimestampType.CREATE_TIME) {
            valid.batch().keepCreateTime(valid.maxTimestampMs());
        }
        return Recompression.isNeeded(valid.batch(), config)
                ? appendRecompressed(valid.batch(), config, demand)
                : append(new PendingAppend(valid.batch(), demand, null));
    }

    private CompletableFuture<AppendResult> appendRecompressed(
            RecordBatchView batch, LogConfig config, AppendDemand demand) {
        Recompression changed = Recompression.of(batch, config);
        if (changed instanceof Recompression.Refused refused) {
            return CompletableFuture.completedFuture(rejected(refused.invalid()));
        }
        RecordBatchView stored = ((Recompression.Done) changed).batch();
        try {
            return append(new PendingAppend(stored, demand, null));
        } finally {
            stored.buffer().release();
        }
    }

    private AppendResult.Rejected rejected(BatchValidation.Invalid invalid) {
        return new AppendResult.Rejected(
                invalid.error(), id + ": " + invalid.reason(), invalid.records());
    }

    CompletableFuture<AppendResult> endTransaction(TransactionMarker marker) {
        ByteBuf bytes = Unpooled.buffer(TransactionMarker.BATCH_BYTES);
        try {
            marker.write(bytes, context.clock().wallMs());
            AppendDemand demand = AppendDemand.of(AppendDemand.ACKS_ALL, AppendOrigin.COORDINATOR);
            return append(new PendingAppend(RecordBatchView.at(bytes, 0), demand, marker));
        } finally {
            bytes.release();
        }
    }

    private CompletableFuture<AppendResult> append(PendingAppend append) {
        if (!state.leading()) {
            return CompletableFuture.completedFuture(
                    AppendResult.Rejected.of(
                            ErrorCode.NOT_LEADER_OR_FOLLOWER, id + " is not led by this broker"));
        }
        DiskFullException full = identity.directory().fullness();
        if (full != null && append.demand.origin() == AppendOrigin.CLIENT) {
            return CompletableFuture.completedFuture(
                    AppendResult.Rejected.of(
                            ErrorCode.KAFKA_STORAGE_ERROR, id + ": " + full.getMessage()));
        }
        if (!appends.reserve(append.bytes, context.maxPendingBytes())) {
            return CompletableFuture.completedFuture(
                    AppendResult.Rejected.of(
                            ErrorCode.KAFKA_STORAGE_ERROR,
                            id
                                    + ": "
                                    + context.maxPendingBytes()
                                    + " bytes wait for the disk already; try again"));
        }
        append.announce();
        append.batch.buffer().retain();
        owner.execute(() -> onArrived(append));
        return append.result;
    }

    private static BatchRules rulesOf(LogConfig config) {
        return new BatchRules(
                config.maxMessageBytes(),
                config.compacted(),
                config.timestampType(),
                config.timestampBeforeMaxMs(),
                config.timestampAfterMaxMs());
    }

    private void onArrived(PendingAppend append) {
        owner.assertInLoop();
        if (log.ended() || !replica.leads()) {
            appends.release(append);
            append.reject(ErrorCode.NOT_LEADER_OR_FOLLOWER, id + " is no longer led here");
            return;
        }
        appends.onArrived(append);
        if (log.get() == null) {
            log.open();
        }
    }
}
