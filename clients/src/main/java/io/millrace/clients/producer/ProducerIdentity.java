package io.millrace.clients.producer;

import io.millrace.clients.ClientException;
import io.millrace.clients.cluster.Backoff;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.Failures;
import io.millrace.clients.cluster.Outcome;
import io.millrace.clients.cluster.Outcome.Answered;
import io.millrace.clients.cluster.Outcome.Unanswered;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.InitProducerIdRequest;
import io.millrace.protocol.message.InitProducerIdResponse;
import io.millrace.protocol.record.RecordBatchHeader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The producer id and epoch under which batches are numbered, so that brokers recognise a batch
 * sent twice. Belongs to the network loop.
 */
final class ProducerIdentity {
    private static final Logger LOGGER = LoggerFactory.getLogger(ProducerIdentity.class);

    private final ClusterClient cluster;
    private final Backoff backoff;
    private final Runnable ready;
    private final java.util.function.Consumer<ClientException> refused;
    private final boolean given;
    private long id = RecordBatchHeader.NO_PRODUCER_ID;
    private short epoch = RecordBatchHeader.NO_PRODUCER_EPOCH;
    private boolean asking;
    private int failures;

    /**
     * @param given whether the coordinator of a transactional id gives it, see {@link #adopt}; else
     *     this asks for one by itself
     * @param ready runs when there is an identity (again)
     * @param refused runs when the cluster will not give one
     */
    ProducerIdentity(
            ClusterClient cluster,
            boolean given,
            Runnable ready,
            java.util.function.Consumer<ClientException> refused) {
        this.cluster = cluster;
        this.given = given;
        this.ready = ready;
        this.refused = refused;
        this.backoff =
                new Backoff(
                        cluster.config().retryBackoffMs(),
                        cluster.config().retryBackoffMaxMs(),
                        cluster.random());
    }

    /** Whether batches can be numbered; if not, asks for an identity. */
    boolean isReady() {
        if (id == RecordBatchHeader.NO_PRODUCER_ID && !asking && !given) {
            ask();
        }
        return id != RecordBatchHeader.NO_PRODUCER_ID;
    }

    /** From now on this one, which the coordinator gave. */
    void adopt(TransactionCalls.Identity own) {
        id = own.id();
        epoch = own.epoch();
        ready.run();
    }

    TransactionCalls.Identity both() {
        return new TransactionCalls.Identity(id, epoch);
    }

    long id() {
        return id;
    }

    short epoch() {
        return epoch;
    }

    /**
     * Starts a new epoch, so that sequences can start over. KIP-360: without transactions the
     * client may raise the epoch itself, brokers take any higher one. With transactions the
     * coordinator does, after the abort.
     */
    void bump(long staleId, short staleEpoch) {
        if (given || id != staleId || epoch != staleEpoch) {
            return;
        }
        if (epoch == Short.MAX_VALUE) {
            renew(staleId, staleEpoch);
            return;
        }
        epoch++;
        LOGGER.atInfo()
                .addKeyValue("producerId", id)
                .addKeyValue("epoch", epoch)
                .log("producer epoch raised: sequences start over");
    }

    /** Gives up an identity that brokers no longer accept; the next is a fresh one. */
    void renew(long staleId, short staleEpoch) {
        if (!given && id == staleId && epoch == staleEpoch) {
            id = RecordBatchHeader.NO_PRODUCER_ID;
            epoch = RecordBatchHeader.NO_PRODUCER_EPOCH;
        }
    }

    private void ask() {
        asking = true;
        InitProducerIdRequest request =
                new InitProducerIdRequest()
                        .transactionalId(null)
                        .transactionTimeoutMs(Integer.MAX_VALUE);
        cluster.connections()
                .send(cluster.metadata().anyNode(), RequestFactory.of(request))
                .thenAccept(this::onOutcome);
    }

    private void onOutcome(Outcome<InitProducerIdResponse> outcome) {
        if (outcome instanceof Answered<InitProducerIdResponse> answered) {
            InitProducerIdResponse response = answered.response();
            ErrorCode error = ErrorCode.forCode(response.errorCode());
            if (error == ErrorCode.NONE) {
                asking = false;
                failures = 0;
                id = response.producerId();
                epoch = response.producerEpoch();
                LOGGER.atDebug().addKeyValue("producerId", id).log("got a producer id");
                ready.run();
            } else if (error.retriable()) {
                again();
            } else {
                asking = false;
                refused.accept(Failures.of(error, "getting a producer id"));
            }
        } else if (((Unanswered<InitProducerIdResponse>) outcome).isRetriable()) {
            again();
        } else {
            asking = false;
            refused.accept(((Unanswered<InitProducerIdResponse>) outcome).toException());
        }
    }

    private void again() {
        failures++;
        cluster.loop().schedule(backoff.afterMs(failures), this::ask);
    }
}
