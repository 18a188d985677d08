package io.millrace.clients.producer;

import io.millrace.clients.ClientException;
import io.millrace.clients.ClientTimeoutException;
import io.millrace.clients.HasErrorCode;
import io.millrace.clients.cluster.Backoff;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.Failures;
import io.millrace.protocol.compress.Compression;
import io.millrace.protocol.error.ErrorCode;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what to do with a batch that came back: acknowledge it, try again, split it, start the
 * sequence over, or give up. Belongs to the network loop.
 */
final class ProduceOutcomes {
    private static final Logger LOGGER = LoggerFactory.getLogger(ProduceOutcomes.class);

    private final ClusterClient cluster;
    private final ProducerConfig config;
    private final ProducerIdentity identity;
    private final Doing doing;
    private final Backoff backoff;
    private final @Nullable Transactions transactions;

    /** What outcomes need of the accumulator. */
    interface Doing {
        PartitionQueue queueOf(ProducerBatch batch);

        void finished(ProducerBatch batch);

        Compression compression();

        /** Whether every batch is finished. */
        boolean allFinished();

        /** Ends every open batch. */
        void sealAll();
    }

    ProduceOutcomes(
            ClusterClient cluster,
            ProducerConfig config,
            ProducerIdentity identity,
            @Nullable Transactions transactions,
            Doing doing) {
        this.transactions = transactions;
        this.cluster = cluster;
        this.config = config;
        this.identity = identity;
        this.doing = doing;
        this.backoff =
                new Backoff(
                        config.client().retryBackoffMs(),
                        config.client().retryBackoffMaxMs(),
                        cluster.random());
    }

    PartitionQueue queueOf(ProducerBatch batch) {
        return doing.queueOf(batch);
    }

    void handle(PartitionQueue queue, ProducerBatch batch, BatchResult result) {
        if (result instanceof BatchResult.Stored stored) {
            batch.acknowledge(stored.baseOffset(), stored.logAppendTimeMs());
            doing.finished(batch);
        } else if (result instanceof BatchResult.Refused refused) {
            onRefused(queue, batch, refused);
        } else {
            BatchResult.Lost lost = (BatchResult.Lost) result;
            cluster.metadata().requestUpdate();
            if (lost.how().mayBeCarriedOut()) {
                batch.inDoubt();
            }
            if (lost.how().isRetriable()) {
                retryOrFail(queue, batch, lost.how().toException());
            } else {
                giveUp(queue, batch, lost.how().toException());
            }
        }
    }

    private void onRefused(PartitionQueue queue, ProducerBatch batch, BatchResult.Refused refused) {
        ErrorCode error = refused.error();
        ClientException failure =
                Failures.of(error, batch.partition() + ": sending", refused.why());
        if (error.retriable() || error == ErrorCode.UNKNOWN_SERVER_ERROR) {
            // Some of these come after the append.
            batch.inDoubt();
        }
        switch (error) {
            case MESSAGE_TOO_LARGE -> {
                if (batch.count() > 1 && !batch.isDone()) {
                    split(queue, batch);
                } else {
                    giveUp(queue, batch, failure);
                }
            }
            case OUT_OF_ORDER_SEQUENCE_NUMBER, UNKNOWN_PRODUCER_ID -> {
                if (transactions != null && queue.isOldest(batch)) {
                    giveUp(queue, batch, failure);
                    return;
                }
                if (config.idempotent() && queue.isOldest(batch)) {
                    // KIP-360: nothing before it is open, so the broker's memory of us is gone, or
                    // what was given up in doubt is not stored, and so nothing behind it is.
                    identity.bump(batch.producerId(), batch.producerEpoch());
                    queue.restartSequence();
                }
                retryOrFail(queue, batch, failure);
            }
            case INVALID_PRODUCER_EPOCH, PRODUCER_FENCED, INVALID_PRODUCER_ID_MAPPING -> {
                if (config.idempotent() && transactions == null) {
                    identity.renew(batch.producerId(), batch.producerEpoch());
                    queue.restartSequence();
                    retryOrFail(queue, batch, failure);
                } else {
                    giveUp(queue, batch, failure);
                }
            }
            default -> {
                if (error.retriable()) {
                    cluster.metadata().requestUpdate();
                    retryOrFail(queue, batch, failure);
                } else {
                    giveUp(queue, batch, failure);
                }
            }
        }
    }

    private void retryOrFail(PartitionQueue queue, ProducerBatch batch, ClientException why) {
        long now = cluster.loop().clock().nanos();
        if (batch.isDone()) {
            // Expired while in flight.
            queue.giveUpInDoubt();
            doing.finished(batch);
            return;
        }
        ClientException refusal = transactions == null ? null : transactions.refusal();
        if (refusal != null) {
            fail(batch, refusal);
            return;
        }
        if (batch.attempts() > config.retries()) {
            giveUp(queue, batch, why);
            return;
        }
        LOGGER.atDebug()
                .addKeyValue("partition", batch.partition())
                .addKeyValue("attempt", batch.attempts())
                .addKeyValue("cause", why.getMessage())
                .log("sending again");
        boolean soon =
                HasErrorCode.of(why).filter(ErrorCode.CONCURRENT_TRANSACTIONS::equals).isPresent();
        long waitMs = soon ? Transactions.CONCURRENT_PAUSE_MS : backoff.afterMs(batch.attempts());
        queue.retry(batch, now + TimeUnit.MILLISECONDS.toNanos(waitMs));
    }

    private void giveUp(PartitionQueue queue, ProducerBatch batch, ClientException why) {
        if (batch.isInDoubt()) {
            queue.giveUpInDoubt();
        } else if (config.idempotent()) {
            // The gap in the sequence would make the broker refuse everything behind it.
            identity.bump(batch.producerId(), batch.producerEpoch());
            queue.restartSequence();
        }
        fail(batch, why);
    }

    void fail(ProducerBatch batch, ClientException why) {
        boolean told = batch.isDone();
        batch.fail(why);
        doing.finished(batch);
        if (transactions != null && !told) {
            transactions.failed(batch, why);
        }
    }

    void expired(ProducerBatch batch) {
        fail(
                batch,
                new ClientTimeoutException(
                        "%s: %d records were not acknowledged within delivery.timeout.ms=%d"
                                .formatted(
                                        batch.partition(),
                                        batch.count(),
                                        config.deliveryTimeoutMs())));
    }

    private void split(PartitionQueue queue, ProducerBatch batch) {
        int half = Math.max(1, batch.plainBytes() / 2);
        List<ProducerBatch> parts =
                batch.split(Math.min(config.batchSize(), half), doing.compression());
        LOGGER.atInfo()
                .addKeyValue("partition", batch.partition())
                .addKeyValue("records", batch.count())
                .addKeyValue("parts", parts.size())
                .log("batch is too large for the topic; split");
        int sequence = batch.baseSequence();
        long now = cluster.loop().clock().nanos();
        for (ProducerBatch part : parts) {
            if (batch.hasSequence()) {
                part.sequence(batch.producerId(), batch.producerEpoch(), sequence);
                sequence =
                        io.millrace.protocol.record.RecordBatchView.sequenceAfter(
                                sequence, part.count());
            }
            queue.retry(part, now);
        }
        batch.done().thenRun(() -> doing.finished(batch));
    }
}
