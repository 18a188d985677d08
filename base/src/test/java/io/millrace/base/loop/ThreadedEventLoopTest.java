package io.millrace.base.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.base.time.SystemClock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ThreadedEventLoopTest {
    private static final LoopFailureListener NO_FAILURE_EXPECTED = (loop, cause) -> {};

    @Test
    void eventsOfOnePosterRunInOrderOnOneThread() throws Exception {
        List<Integer> seen = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        try (ThreadedEventLoop loop = start(NO_FAILURE_EXPECTED)) {
            for (int i = 0; i < 10_000; i++) {
                int event = i;
                loop.post(
                        () -> {
                            seen.add(event);
                            threads.add(Thread.currentThread());
                        });
            }
        }
        assertThat(seen).hasSize(10_000).isSorted();
        assertThat(threads.stream().distinct()).hasSize(1);
    }

    @Test
    void endOfBatchRunsOnceAfterEverythingThatWasQueued() throws Exception {
        List<String> seen = new ArrayList<>();
        CountDownLatch queued = new CountDownLatch(1);
        try (ThreadedEventLoop loop = start(NO_FAILURE_EXPECTED)) {
            loop.post(
                    () -> {
                        await(queued);
                        loop.atEndOfBatch(() -> seen.add("flush"));
                    });
            loop.post(() -> seen.add("a"));
            loop.post(() -> seen.add("b"));
            queued.countDown();
        }
        assertThat(seen).containsExactly("a", "b", "flush");
    }

    @Test
    void timerRunsAfterItsDelayAndACancelledOneNever() throws Exception {
        CompletableFuture<String> fired = new CompletableFuture<>();
        try (ThreadedEventLoop loop = start(NO_FAILURE_EXPECTED)) {
            EventLoop.Timer cancelled = loop.schedule(1, () -> fired.complete("cancelled timer"));
            cancelled.cancel();
            loop.schedule(5, () -> fired.complete("timer"));
            assertThat(fired.get(10, TimeUnit.SECONDS)).isEqualTo("timer");
        }
    }

    @Test
    void failingEventStopsTheLoopAndIsReported() throws Exception {
        CompletableFuture<Throwable> reported = new CompletableFuture<>();
        try (ThreadedEventLoop loop = start((failed, cause) -> reported.complete(cause))) {
            loop.post(
                    () -> {
                        throw new IllegalStateException("a bug");
                    });
            assertThat(reported.get(10, TimeUnit.SECONDS)).hasMessage("a bug");
            assertThatThrownBy(() -> loop.post(() -> {})).isInstanceOf(LoopClosedException.class);
        }
    }

    @Test
    void eventThatRepeatsItselfEndsWithItsLoop() throws Exception {
        CompletableFuture<Throwable> reported = new CompletableFuture<>();
        CountDownLatch turns = new CountDownLatch(3);
        try (ThreadedEventLoop loop = start((failed, cause) -> reported.complete(cause))) {
            loop.post(
                    new Runnable() {
                        @Override
                        public void run() {
                            turns.countDown();
                            loop.post(this);
                        }
                    });
            assertThat(turns.await(10, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(reported).isNotDone();
    }

    @Test
    void assertInLoopRefusesOutsiders() {
        try (ThreadedEventLoop loop = start(NO_FAILURE_EXPECTED)) {
            assertThatThrownBy(loop::assertInLoop)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("not on loop test-loop");
        }
    }

    private static ThreadedEventLoop start(LoopFailureListener listener) {
        return ThreadedEventLoop.start("test-loop", SystemClock.INSTANCE, listener);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
