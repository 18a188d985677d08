package io.millrace.broker.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.loop.ManualEventLoop;
import io.millrace.base.time.ManualClock;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class PeerQueueTest {
    private static final int MOST = 3;

    private final ManualEventLoop loop = new ManualEventLoop("owner", new ManualClock(0));
    private final List<List<String>> requests = new ArrayList<>();
    private final List<CompletableFuture<List<String>>> answers = new ArrayList<>();
    private final PeerQueue<String, String> queue =
            new PeerQueue<>(
                    loop,
                    MOST,
                    questions -> {
                        requests.add(questions);
                        answers.add(new CompletableFuture<>());
                        return answers.get(answers.size() - 1);
                    });

    @Test
    void questionsOfOneTurnGoTogetherAndLaterOnesWaitForTheAnswer() {
        CompletableFuture<String> first = queue.ask("a");
        queue.ask("b");
        loop.runAll();
        queue.ask("c");
        loop.runAll();
        assertThat(requests).containsExactly(List.of("a", "b"));

        answers.get(0).complete(List.of("A", "B"));
        loop.runAll();

        assertThat(first).isCompletedWithValue("A");
        assertThat(requests).containsExactly(List.of("a", "b"), List.of("c"));
    }

    @Test
    void aRequestIsBounded() {
        for (String question : List.of("a", "b", "c", "d")) {
            queue.ask(question);
        }
        loop.runAll();

        assertThat(requests).containsExactly(List.of("a", "b", "c"));
    }

    @Test
    void aFailureIsToldToAllAndTheNextGoOn() {
        CompletableFuture<String> lost = queue.ask("a");
        loop.runAll();
        CompletableFuture<String> next = queue.ask("b");
        answers.get(0).completeExceptionally(new ApiException(ErrorCode.NETWORK_EXCEPTION));
        loop.runAll();
        answers.get(1).complete(List.of("B"));

        assertThat(lost).isCompletedExceptionally();
        assertThat(next).isCompletedWithValue("B");
    }
}
