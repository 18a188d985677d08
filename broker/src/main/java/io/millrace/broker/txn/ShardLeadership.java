package io.millrace.broker.txn;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.time.Clock;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.shard.Effects;
import io.millrace.broker.shard.ProducerIdAndEpoch;
import io.millrace.broker.shard.ShardLog;
import io.millrace.broker.shard.ShardRuntime;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.protocol.error.ErrorCode;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One shard of transactional ids as long as this broker leads its partition under one epoch: runs
 * it, and carries its decisions to the partitions. From any thread.
 */
final class ShardLeadership {
    private static final Logger LOGGER = LoggerFactory.getLogger(ShardLeadership.class);

    private final int epoch;
    private final EventLoop loop;
    private final ShardRuntime<TransactionShard> runtime;
    private final MarkerWriter writer;
    private final CompletionWaits waits = new CompletionWaits();
    private volatile boolean resigned;
    private volatile OpenTransactions open = OpenTransactions.NONE;

    ShardLeadership(
            int partition,
            ShardLog log,
            int epoch,
            TransactionConfig config,
            Clock clock,
            MarkerTarget markers,
            Supplier<MetadataImage> metadata) {
        this.epoch = epoch;
        this.loop = log.loop();
        this.writer = new MarkerWriter(loop, markers, metadata, () -> !resigned);
        this.runtime =
                new ShardRuntime<>(
                        partition,
                        log,
                        () -> new TransactionShard(config, clock, epoch, now -> open = now),
                        this::carryOut,
                        Runnable::run);
    }

    int epoch() {
        return epoch;
    }

    OpenTransactions open() {
        return open;
    }

    <T> CompletableFuture<T> call(ShardRuntime.Request<TransactionShard, T> request) {
        return runtime.call(request);
    }

    /** Reads the shard, so that what was decided before is carried through. */
    void load() {
        report(
                "transactions are loaded when the next request comes",
                (shard, reply, effects) -> effects.reply(reply, true));
    }

    /** This broker leads the partition no longer. */
    void resign() {
        resigned = true;
        runtime.close();
    }

    private void carryOut(Effects.Outgoing message) {
        if (message instanceof MarkersDue due) {
            writer.write(due, () -> onWritten(due));
        }
    }

    private void onWritten(MarkersDue due) {
        report(
                "a transaction's end is recorded when its shard is loaded again",
                (shard, reply, effects) -> {
                    shard.markersWritten(due, effects);
                    effects.reply(reply, true);
                });
        waits.fire(due.transactionalId());
    }

    private void report(String otherwise, ShardRuntime.Request<TransactionShard, Boolean> request) {
        runtime.call(request)
                .whenComplete(
                        (done, failure) -> {
                            if (failure != null) {
                                LOGGER.atInfo().setCause(failure).log(otherwise);
                            }
                        });
    }

    /**
     * Adds partitions to a transaction. While the one before is being ended, waits for that: the
     * client would do nothing else, only slower.
     *
     * @param patienceMs how long to wait at most
     */
    CompletableFuture<ErrorCode> addWhenComplete(
            String id,
            ProducerIdAndEpoch producer,
            List<TopicPartition> partitions,
            short version,
            int patienceMs) {
        PatientRequest request =
                new PatientRequest(
                        loop,
                        waits,
                        id,
                        () ->
                                call(
                                        (shard, reply, effects) ->
                                                effects.reply(
                                                        reply,
                                                        shard.add(
                                                                id,
                                                                producer,
                                                                partitions,
                                                                version,
                                                                effects))));
        return request.start(patienceMs);
    }
}
