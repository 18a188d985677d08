package io.millrace.broker.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.loop.ManualEventLoop;
import io.millrace.base.time.ManualClock;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.BrokerHeartbeatRequest;
import io.millrace.protocol.message.BrokerHeartbeatResponse;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class PeerLinkTest {
    private static final int TIMEOUT_MS = 1_000;

    private final ManualClock clock = new ManualClock(0);
    private final ManualEventLoop loop = new ManualEventLoop("peers", clock);
    private final List<CompletableFuture<PeerChannel>> dialed = new ArrayList<>();
    private final FakeChannel channel = new FakeChannel();
    private int refusals;
    private final PeerLink link =
            new PeerLink(
                    loop,
                    new PeerAddress(2, 7, "localhost", 9092),
                    (host, port) -> {
                        dialed.add(new CompletableFuture<>());
                        return dialed.get(dialed.size() - 1);
                    },
                    () -> refusals++);

    /** Keeps what is sent; the test answers. */
    private static final class FakeChannel implements PeerChannel {
        private final List<Object> sent = new ArrayList<>();
        private final List<CompletableFuture<ApiResponse>> answers = new ArrayList<>();
        private final CompletableFuture<Void> closed = new CompletableFuture<>();
        private int inFlight;

        @Override
        @SuppressWarnings("unchecked") // The test answers each request with its own response.
        public <R extends ApiResponse> CompletableFuture<R> send(
                ApiRequest<R> request, int timeoutMs) {
            sent.add(request);
            inFlight++;
            CompletableFuture<ApiResponse> answer = new CompletableFuture<>();
            answers.add(answer);
            return (CompletableFuture<R>) answer;
        }

        void answer(int index) {
            inFlight--;
            answers.get(index).complete(new BrokerHeartbeatResponse());
        }

        @Override
        public int inFlight() {
            return inFlight;
        }

        @Override
        public boolean isOpen() {
            return !closed.isDone();
        }

        @Override
        public CompletableFuture<Void> closed() {
            return closed;
        }

        @Override
        public void close() {
            closed.complete(null);
        }
    }

    private CompletableFuture<BrokerHeartbeatResponse> send(int number) {
        CompletableFuture<BrokerHeartbeatResponse> answer =
                link.send(new BrokerHeartbeatRequest().brokerId(number), TIMEOUT_MS);
        loop.runAll();
        return answer;
    }

    private void opens() {
        dialed.get(dialed.size() - 1).complete(channel);
        loop.runAll();
    }

    private void isRefused() {
        dialed.get(dialed.size() - 1)
                .completeExceptionally(
                        new ApiException(
                                ErrorCode.NETWORK_EXCEPTION,
                                "cannot connect",
                                new ConnectException("Connection refused")));
        loop.runAll();
    }

    private static ErrorCode errorOf(CompletableFuture<?> answer) {
        assertThat(answer).isCompletedExceptionally();
        return ((ApiException) ControllerRoute.causeOf(answer.handle((v, e) -> e).join())).error();
    }

    @Test
    void whatIsSentWhileItConnectsGoesOutInOrder() {
        send(1);
        send(2);
        opens();
        send(3);

        assertThat(dialed).hasSize(1);
        assertThat(channel.sent)
                .extracting(request -> ((BrokerHeartbeatRequest) request).brokerId())
                .containsExactly(1, 2, 3);
    }

    @Test
    void anAnswerReachesWhoAsked() {
        CompletableFuture<BrokerHeartbeatResponse> first = send(1);
        opens();
        CompletableFuture<BrokerHeartbeatResponse> second = send(2);
        channel.answer(1);

        assertThat(first).isNotDone();
        assertThat(second).isCompleted();
    }

    @Test
    void aRefusedConnectionFailsWhatWaitsAndIsTold() {
        CompletableFuture<BrokerHeartbeatResponse> answer = send(1);
        isRefused();

        assertThat(errorOf(answer)).isEqualTo(ErrorCode.NETWORK_EXCEPTION);
        assertThat(refusals).isEqualTo(1);
    }

    @Test
    void afterAFailureItRefusesForAWhileAndThenTriesAgain() {
        send(1);
        isRefused();
        CompletableFuture<BrokerHeartbeatResponse> soon = send(2);
        assertThat(errorOf(soon)).isEqualTo(ErrorCode.NETWORK_EXCEPTION);
        assertThat(dialed).hasSize(1);

        loop.advance(Duration.ofMillis(PeerLink.LONGEST_PAUSE_MS));
        send(3);
        opens();

        assertThat(dialed).hasSize(2);
        assertThat(channel.sent).hasSize(1);
    }

    @Test
    void aLostConnectionIsMadeAgainAtOnceSoThatADeadBrokerIsNoticed() {
        send(1);
        opens();
        channel.close();
        loop.runAll();
        isRefused();

        assertThat(dialed).hasSize(2);
        assertThat(refusals).isEqualTo(1);
    }

    @Test
    void aWatchedBrokerIsTriedAgainAndAgain() {
        link.keep(true);
        loop.runAll();
        isRefused();
        loop.advance(Duration.ofMillis(PeerLink.LONGEST_PAUSE_MS));
        isRefused();

        assertThat(dialed).hasSizeGreaterThanOrEqualTo(2);
        assertThat(refusals).isEqualTo(2);
    }

    @Test
    void moreThanTheOtherSideTakesWaitsForAnswers() {
        send(0);
        opens();
        for (int i = 1; i <= PeerLink.MAX_IN_FLIGHT; i++) {
            send(i);
        }
        assertThat(channel.sent).hasSize(PeerLink.MAX_IN_FLIGHT);

        channel.answer(0);
        loop.runAll();

        assertThat(channel.sent).hasSize(PeerLink.MAX_IN_FLIGHT + 1);
    }

    @Test
    void closingFailsWhatWaits() {
        CompletableFuture<BrokerHeartbeatResponse> answer = send(1);
        link.close();
        loop.runAll();

        assertThat(errorOf(answer)).isEqualTo(ErrorCode.NETWORK_EXCEPTION);
        assertThat(errorOf(send(2))).isEqualTo(ErrorCode.NETWORK_EXCEPTION);
    }
}
