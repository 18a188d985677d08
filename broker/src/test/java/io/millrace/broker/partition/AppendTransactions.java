package io.millrace.broker.partition;

import io.millrace.broker.log.AppendOrigin;
import io.millrace.broker.log.Batches;
import io.millrace.broker.log.TransactionMarker;
import io.millrace.protocol.error.ErrorCode;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** Writes transactions to a partition without a coordinator. */
record AppendTransactions(TestBroker broker, Partition partition) {

    /** A batch whose partition is part of the producer's transaction. */
    AppendResult append(long producer, int epoch, int sequence, int count) {
        TransactionCheck check =
                new TransactionCheck(
                        question ->
                                CompletableFuture.completedFuture(
                                        question.partitions().stream()
                                                .collect(
                                                        Collectors.toMap(
                                                                id -> id, id -> ErrorCode.NONE))),
                        "t" + producer,
                        producer,
                        (short) epoch,
                        false);
        ByteBuf batch = Batches.transactional(producer, epoch, sequence, "p" + producer, count);
        CompletableFuture<AppendResult> result =
                partition.append(
                        batch, new AppendDemand((short) -1, 30_000, AppendOrigin.CLIENT, check));
        batch.release();
        check.allGiven();
        return broker.await(result);
    }

    AppendResult end(long producer, int epoch, int coordinatorEpoch, boolean commit) {
        return broker.await(
                partition.endTransaction(
                        new TransactionMarker(
                                producer, (short) epoch, coordinatorEpoch, commit, (short) 0)));
    }
}
