package io.millrace.clients.producer;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.loop.ManualEventLoop;
import io.millrace.base.time.ManualClock;
import io.millrace.base.time.RandomSource;
import io.millrace.clients.ClientTimeoutException;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.Link;
import io.millrace.clients.cluster.Outcome;
import io.millrace.clients.cluster.Outcome.Answered;
import io.millrace.clients.cluster.Outcome.Reason;
import io.millrace.clients.cluster.Outcome.Unanswered;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.clients.serde.Serdes;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.InitProducerIdResponse;
import io.millrace.protocol.message.MetadataResponse;
import io.millrace.protocol.message.MetadataResponse.MetadataResponseBroker;
import io.millrace.protocol.message.MetadataResponse.MetadataResponsePartition;
import io.millrace.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.millrace.protocol.message.ProduceRequest;
import io.millrace.protocol.message.ProduceResponse;
import io.millrace.protocol.message.ProduceResponse.PartitionProduceResponse;
import io.millrace.protocol.message.ProduceResponse.TopicProduceResponse;
import io.millrace.protocol.record.BufferRecords;
import io.millrace.protocol.record.RecordBatchView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Batches that expire after they were sent, when nobody knows whether the broker has them. */
class ExpiryTest {
    private static final UUID TOPIC_ID = new UUID(1, 1);
    private static final short VERSION = 13;

    private final ManualEventLoop loop = new ManualEventLoop("client", new ManualClock(0));
    private final ProducerConfig config =
            ProducerConfig.parse(
                    Map.of(
                            "bootstrap.servers", "one:1",
                            "batch.size", "1",
                            "delivery.timeout.ms", "1000"));
    private final ClusterClient cluster =
            ClusterClient.on(
                    config.client(),
                    loop,
                    address -> CompletableFuture.completedFuture(new ScriptedLink()),
                    RandomSource.seeded(1),
                    true,
                    () -> {});
    private final Producer<String, String> producer =
            new BatchingProducer<>(
                    config, cluster, Serdes.string().serializer(), Serdes.string().serializer());
    private final List<Attempt> attempts = new ArrayList<>();

    /** One batch on the wire, and how to answer. */
    private record Attempt(
            long id, short epoch, int sequence, CompletableFuture<Outcome<ProduceResponse>> end) {
        String identity() {
            return id + "/" + epoch + "/" + sequence;
        }
    }

    @BeforeEach
    void knowTheTopic() {
        cluster.onLoop(
                () -> {
                    cluster.metadata().want(List.of("t"));
                    return CompletableFuture.completedFuture(null);
                });
        advance(1);
    }

    @AfterEach
    void releaseMemory() {
        loop.post(() -> attempts.forEach(each -> each.end.complete(lost())));
        advance(3_000);
    }

    @Test
    void whatFollowsAnExpiredBatchKeepsItsSequenceUntilItIsSettled() {
        CompletableFuture<RecordMetadata> first = send();
        advance(900);
        CompletableFuture<RecordMetadata> second = send();
        advance(20);
        assertThat(attempts).extracting(Attempt::identity).containsExactly("7/0/0", "7/0/1");
        end(0, lost());
        end(1, lost());
        advance(250);
        assertThat(first)
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withCauseInstanceOf(ClientTimeoutException.class);
        // The broker may have both: under another number it could not tell that it has it.
        assertThat(attempts).hasSize(3);
        assertThat(attempts.get(2).identity()).isEqualTo("7/0/1");
        end(2, answer(ErrorCode.NONE));
        advance(1);
        assertThat(second).isCompleted();
        send();
        advance(1);
        assertThat(attempts.get(3).identity()).isEqualTo("7/1/0");
    }

    @Test
    void whatFollowsAnExpiredBatchThatIsNotStoredStartsANewEpoch() {
        send();
        advance(900);
        CompletableFuture<RecordMetadata> second = send();
        advance(20);
        end(0, lost());
        end(1, lost());
        advance(250);
        end(2, answer(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER));
        advance(250);
        assertThat(attempts.get(3).identity()).isEqualTo("7/1/0");
        end(3, answer(ErrorCode.NONE));
        advance(1);
        assertThat(second).isCompleted();
    }

    @Test
    void nothingNewIsSentWhileAnExpiredBatchIsInFlight() {
        CompletableFuture<RecordMetadata> first = send();
        advance(1_100);
        assertThat(first).isCompletedExceptionally();
        CompletableFuture<RecordMetadata> second = send();
        advance(100);
        assertThat(attempts).hasSize(1);
        end(0, lost());
        advance(1);
        assertThat(attempts.get(1).identity()).isEqualTo("7/1/0");
        end(1, answer(ErrorCode.NONE));
        advance(1);
        assertThat(second).isCompleted();
    }

    private CompletableFuture<RecordMetadata> send() {
        return producer.send(new ProducerRecord<>("t", "k", "v"));
    }

    private void end(int attempt, Outcome<ProduceResponse> how) {
        loop.post(() -> attempts.get(attempt).end.complete(how));
    }

    private void advance(long ms) {
        loop.advance(Duration.ofMillis(ms));
    }

    private static Outcome<ProduceResponse> lost() {
        return new Unanswered<>(Reason.DISCONNECTED, "connection broke");
    }

    private static Outcome<ProduceResponse> answer(ErrorCode error) {
        return new Answered<>(
                new ProduceResponse()
                        .responses(
                                List.of(
                                        new TopicProduceResponse()
                                                .topicId(TOPIC_ID)
                                                .partitionResponses(
                                                        List.of(
                                                                new PartitionProduceResponse()
                                                                        .index(0)
                                                                        .errorCode(
                                                                                error.code()))))),
                VERSION);
    }

    private final class ScriptedLink implements Link {
        @Override
        @SuppressWarnings("unchecked")
        public <R extends ApiResponse> CompletableFuture<Outcome<R>> send(
                RequestFactory<R> request, long timeoutMs) {
            if (request.apiKey() == ApiKey.PRODUCE) {
                ProduceRequest wire = (ProduceRequest) request.make(VERSION);
                BufferRecords records =
                        (BufferRecords) wire.topicData().get(0).partitionData().get(0).records();
                RecordBatchView batch =
                        RecordBatchView.at(records.buffer(), records.buffer().readerIndex());
                Attempt attempt =
                        new Attempt(
                                batch.producerId(),
                                batch.producerEpoch(),
                                batch.baseSequence(),
                                new CompletableFuture<>());
                attempts.add(attempt);
                return (CompletableFuture<Outcome<R>>) (CompletableFuture<?>) attempt.end;
            }
            ApiResponse answer =
                    request.apiKey() == ApiKey.METADATA
                            ? metadata()
                            : new InitProducerIdResponse().producerId(7).producerEpoch((short) 0);
            return CompletableFuture.completedFuture(new Answered<>((R) answer, VERSION));
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public short featureLevel(String feature) {
            return 0;
        }

        @Override
        public void close() {
            // Nothing to let go of.
        }
    }

    private static MetadataResponse metadata() {
        return new MetadataResponse()
                .brokers(List.of(new MetadataResponseBroker().nodeId(5).host("five").port(5)))
                .topics(
                        List.of(
                                new MetadataResponseTopic()
                                        .name("t")
                                        .topicId(TOPIC_ID)
                                        .partitions(
                                                List.of(
                                                        new MetadataResponsePartition()
                                                                .partitionIndex(0)
                                                                .leaderId(5)
                                                                .replicaNodes(List.of(5))
                                                                .isrNodes(List.of(5))))));
    }
}
