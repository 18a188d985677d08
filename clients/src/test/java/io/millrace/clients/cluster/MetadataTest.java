package io.millrace.clients.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.config.ConfigReader;
import io.millrace.base.loop.ManualEventLoop;
import io.millrace.base.time.ManualClock;
import io.millrace.base.time.RandomSource;
import io.millrace.clients.ClientTimeoutException;
import io.millrace.clients.RetriableClientException;
import io.millrace.clients.TopicPartition;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.MetadataResponse;
import io.millrace.protocol.message.MetadataResponse.MetadataResponseBroker;
import io.millrace.protocol.message.MetadataResponse.MetadataResponsePartition;
import io.millrace.protocol.message.MetadataResponse.MetadataResponseTopic;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class MetadataTest {
    private final ManualClock clock = new ManualClock(0);
    private final ManualEventLoop loop = new ManualEventLoop("client", clock);
    private final List<HostPort> dialled = new ArrayList<>();
    private final ArrayDeque<Supplier<ApiResponse>> answers = new ArrayDeque<>();
    private final List<HostPort> asked = new ArrayList<>();
    private final List<HostPort> down = new ArrayList<>();
    private final ClusterClient cluster =
            ClusterClient.on(config(), loop, this::connect, RandomSource.seeded(1), true, () -> {});

    @Test
    void bootstrapGoesOnToTheNextAddressUntilOneAnswers() {
        down.add(new HostPort("one", 1));
        answers.add(() -> response(5, 1, 0));
        CompletableFuture<ClusterView> view = awaitTopic();
        loop.advance(Duration.ofSeconds(5));
        assertThat(view).isCompleted();
        assertThat(dialled).contains(new HostPort("two", 2));
        assertThat(cluster.metadata().view().leaderOf(new TopicPartition("t", 0))).contains(5);
    }

    @Test
    void aLeaderEpochNeverGoesBack() {
        answers.add(() -> response(5, 9, 0));
        awaitTopic();
        loop.advance(Duration.ofSeconds(5));
        answers.add(() -> response(6, 8, 0));
        run(() -> cluster.metadata().refresh(1_000));
        loop.advance(Duration.ofSeconds(5));
        assertThat(cluster.metadata().view().leaderOf(new TopicPartition("t", 0))).contains(5);
        answers.add(() -> response(6, 10, 0));
        run(() -> cluster.metadata().refresh(1_000));
        loop.advance(Duration.ofSeconds(5));
        assertThat(cluster.metadata().view().leaderOf(new TopicPartition("t", 0))).contains(6);
    }

    @Test
    void aTopicThatIsBeingCreatedIsAskedForAgain() {
        answers.add(() -> response(5, 1, 3));
        answers.add(() -> response(5, 1, 5));
        answers.add(() -> response(5, 1, 0));
        CompletableFuture<ClusterView> view = awaitTopic();
        loop.advance(Duration.ofSeconds(5));
        assertThat(view).isCompleted();
        assertThat(answers).isEmpty();
    }

    @Test
    void waitingEndsAndSaysWhatTheLastAnswerWas() {
        for (int i = 0; i < 500; i++) {
            answers.add(() -> response(5, 1, 3));
        }
        CompletableFuture<ClusterView> view = awaitTopic();
        loop.advance(Duration.ofSeconds(20));
        assertThat(view)
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withCauseInstanceOf(ClientTimeoutException.class)
                .withMessageContaining("knows no such topic");
        // Never more often than retry.backoff.ms=100 lets it.
        assertThat(500 - answers.size()).isLessThanOrEqualTo(101);
    }

    @Test
    void aClientWhoseBrokersSendItBackStartsFromItsBootstrapAddresses() {
        answers.add(() -> response(5, 1, 0));
        awaitTopic();
        loop.advance(Duration.ofSeconds(5));
        asked.clear();
        answers.add(() -> new MetadataResponse().errorCode((short) 129));
        answers.add(() -> response(6, 2, 0));
        run(() -> cluster.metadata().refresh(1_000));
        loop.advance(Duration.ofSeconds(5));
        assertThat(asked.get(0).host()).isIn("five", "six");
        assertThat(asked.get(1).host()).isIn("one", "two");
        assertThat(cluster.metadata().view().leaderOf(new TopicPartition("t", 0))).contains(6);
    }

    @Test
    void backoffDoublesUpToItsLimit() {
        Backoff backoff = new Backoff(100, 1_000, RandomSource.seeded(7));
        assertThat(backoff.afterMs(0)).isZero();
        assertThat(backoff.afterMs(1)).isBetween(80L, 120L);
        assertThat(backoff.afterMs(3)).isBetween(320L, 480L);
        assertThat(backoff.afterMs(60)).isBetween(800L, 1_200L);
    }

    private CompletableFuture<ClusterView> awaitTopic() {
        return run(
                () -> {
                    cluster.metadata().want(List.of("t"));
                    return cluster.metadata()
                            .await(
                                    view -> cluster.metadata().usable("t") != null,
                                    10_000,
                                    "topic t");
                });
    }

    private <T> CompletableFuture<T> run(Supplier<CompletableFuture<T>> action) {
        return cluster.onLoop(action);
    }

    private CompletableFuture<Link> connect(HostPort address) {
        dialled.add(address);
        return down.contains(address)
                ? CompletableFuture.failedFuture(new RetriableClientException("refused"))
                : CompletableFuture.completedFuture(new ScriptedLink(address));
    }

    private final class ScriptedLink implements Link {
        private final HostPort address;

        ScriptedLink(HostPort address) {
            this.address = address;
        }

        @Override
        @SuppressWarnings("unchecked")
        public <R extends ApiResponse> CompletableFuture<Outcome<R>> send(
                RequestFactory<R> request, long timeoutMs) {
            asked.add(address);
            Supplier<ApiResponse> answer = answers.poll();
            return answer == null
                    ? new CompletableFuture<>()
                    : CompletableFuture.completedFuture(
                            new Outcome.Answered<>((R) answer.get(), (short) 12));
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

    private static MetadataResponse response(int leader, int epoch, int topicError) {
        MetadataResponseTopic topic =
                new MetadataResponseTopic()
                        .name("t")
                        .topicId(new UUID(1, 1))
                        .errorCode((short) topicError)
                        .partitions(
                                topicError != 0
                                        ? List.of()
                                        : List.of(
                                                new MetadataResponsePartition()
                                                        .partitionIndex(0)
                                                        .leaderId(leader)
                                                        .leaderEpoch(epoch)
                                                        .replicaNodes(List.of(5, 6))
                                                        .isrNodes(List.of(5, 6))));
        return new MetadataResponse()
                .brokers(
                        List.of(
                                new MetadataResponseBroker().nodeId(5).host("five").port(5),
                                new MetadataResponseBroker().nodeId(6).host("six").port(6)))
                .topics(List.of(topic));
    }

    private static ClientConfig config() {
        return ClientConfig.read(
                new ConfigReader("test", Map.of("bootstrap.servers", "one:1,two:2")));
    }
}
