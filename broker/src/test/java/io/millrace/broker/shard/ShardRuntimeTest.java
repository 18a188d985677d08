package io.millrace.broker.shard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.loop.ManualEventLoop;
import io.millrace.base.time.ManualClock;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a bug in one event, or a failed append, costs: that event, and one load of the state. */
final class ShardRuntimeTest {
    private final ManualEventLoop loop =
            new ManualEventLoop("shard", new ManualClock(1_700_000_000_000L));
    private final MemoryShardLog log = new MemoryShardLog(loop);
    private final List<Words> states = new ArrayList<>();
    private final ShardRuntime<Words> runtime = new ShardRuntime<>(0, log, this::newState);
    private boolean failWhenLoaded;

    /** The words that were recorded, in their order. */
    private final class Words implements ShardState {
        private final List<String> words = new ArrayList<>();

        @Override
        public void apply(byte[] key, byte @Nullable [] value) {
            words.add(new String(key, UTF_8));
        }

        @Override
        public void applyInTransaction(long producerId, byte[] key, byte @Nullable [] value) {
            apply(key, value);
        }

        @Override
        public void loaded(Effects effects) {
            if (failWhenLoaded) {
                throw new IllegalStateException("a bug in loading");
            }
        }

        @Override
        public void unload(Consumer<Effects.Reply<?>> replies) {}

        @Override
        public int size() {
            return words.size();
        }

        void add(String word, Effects effects) {
            words.add(word);
            effects.append(record(word));
        }
    }

    private static CoordinatorRecord record(String word) {
        return new CoordinatorRecord(word.getBytes(UTF_8), new byte[0]);
    }

    private Words newState() {
        Words state = new Words();
        states.add(state);
        return state;
    }

    private CompletableFuture<String> add(String word) {
        return runtime.call(
                (shard, reply, effects) -> {
                    shard.add(word, effects);
                    effects.reply(reply, word);
                });
    }

    /** Changes the state, and then finds its bug. */
    private CompletableFuture<String> bad() {
        return runtime.call(
                (shard, reply, effects) -> {
                    shard.add("half", effects);
                    throw new IllegalStateException("a bug in a request");
                });
    }

    private CompletableFuture<List<String>> words() {
        return runtime.call(
                (shard, reply, effects) -> effects.reply(reply, List.copyOf(shard.words)));
    }

    private <T> T get(CompletableFuture<T> future) {
        loop.runAll();
        assertThat(future).isDone();
        return future.join();
    }

    private <T> T afterPause(CompletableFuture<T> future) {
        loop.advance(Duration.ofMillis(2 * ReloadPause.MOST_MS));
        return get(future);
    }

    private ErrorCode error(CompletableFuture<?> future) {
        loop.runAll();
        assertThat(future).isCompletedExceptionally();
        try {
            future.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof ApiException api) {
                return api.error();
            }
        }
        throw new AssertionError("another failure: " + future);
    }

    @Test
    @Tag("wire-43")
    void aRequestThatThrowsFailsAloneAndLeavesNothing() {
        get(add("one"));
        CompletableFuture<String> bad = bad();
        CompletableFuture<String> next = add("two");
        assertThat(error(bad)).isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR);
        assertThat(get(next)).isEqualTo("two");
        assertThat(get(words())).containsExactly("one", "two");
        assertThat(states).as("loaded once more").hasSize(3);
    }

    @Test
    @Tag("wire-43")
    void othersThatTheBadRequestWasAboutToAnswerMayTryAgain() {
        CompletableFuture<String> other = new CompletableFuture<>();
        CompletableFuture<String> bad =
                runtime.call(
                        (shard, reply, effects) -> {
                            effects.reply(other, "early");
                            throw new IllegalStateException("a bug in a request");
                        });
        assertThat(error(bad)).isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR);
        assertThat(error(other)).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    }

    @Test
    @Tag("wire-43")
    void badRequestsThatWaitForTheLoadAreTakenOneByOne() {
        CompletableFuture<String> first = bad();
        CompletableFuture<String> good = add("one");
        CompletableFuture<String> second = bad();
        assertThat(error(first)).isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR);
        assertThat(error(second)).isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR);
        assertThat(get(good)).isEqualTo("one");
        assertThat(afterPause(words())).containsExactly("one");
    }

    @Test
    @Tag("wire-43")
    void aRequestThatKeepsFailingCostsFewerAndFewerLoads() {
        get(add("one"));
        int before = states.size();
        // A client that asks again as soon as it is told no, for a minute.
        CompletableFuture<String> asked = bad();
        for (int i = 0; i < 6_000; i++) {
            loop.advance(Duration.ofMillis(10));
            asked = asked.isDone() ? bad() : asked;
        }
        assertThat(states.size() - before).isBetween(50, 70);
        assertThat(afterPause(words())).containsExactly("one");
    }

    @Test
    void afterAQuietMinuteTheStateIsLoadedAtOnceAgain() {
        for (int i = 0; i < 10; i++) {
            bad();
            loop.advance(Duration.ofMillis(ReloadPause.MOST_MS));
        }
        loop.advance(Duration.ofMillis(ReloadPause.FORGOTTEN_AFTER_MS));
        assertThat(error(bad())).isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR);
        assertThat(get(words())).isEmpty();
    }

    @Test
    @Tag("wire-43")
    void aTimerThatThrowsCostsTheStateAndNotTheLoop() {
        get(add("one"));
        get(
                runtime.<Boolean>call(
                        (shard, reply, effects) -> {
                            effects.schedule(
                                    1_000,
                                    later -> {
                                        shard.add("half", later);
                                        throw new IllegalStateException("a bug in a timer");
                                    });
                            effects.reply(reply, true);
                        }));
        loop.advance(Duration.ofSeconds(2));
        assertThat(get(words())).containsExactly("one");
    }

    @Test
    @Tag("wire-43")
    void theResultOfOffloadedWorkThatThrowsCostsTheStateAndNotTheLoop() {
        get(add("one"));
        get(
                runtime.<Boolean>call(
                        (shard, reply, effects) -> {
                            effects.offload(
                                    () -> "half",
                                    (result, later) -> {
                                        shard.add(result, later);
                                        throw new IllegalStateException("a bug in a result");
                                    });
                            effects.reply(reply, true);
                        }));
        assertThat(get(words())).containsExactly("one");
    }

    @Test
    @Tag("wire-43")
    void effectsThatCannotBeCarriedOutFailTheirRequest() {
        ShardRuntime<Words> busy =
                new ShardRuntime<>(
                        0,
                        log,
                        this::newState,
                        message -> {},
                        work -> {
                            throw new IllegalStateException("no worker");
                        });
        CompletableFuture<String> bad =
                busy.call(
                        (shard, reply, effects) -> {
                            shard.add("half", effects);
                            effects.offload(() -> "x", (result, later) -> {});
                            effects.reply(reply, "done");
                        });
        assertThat(error(bad)).isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR);
        assertThat(get(words())).isEmpty();
    }

    @Test
    @Tag("wire-43")
    void whatIsOnItsWayKeepsItsAnswerAndIsPartOfTheLoadedState() {
        get(add("one"));
        log.holdCommits();
        CompletableFuture<String> onItsWay = add("two");
        loop.runAll();
        CompletableFuture<String> sameTurn = add("three");
        CompletableFuture<String> bad = bad();
        CompletableFuture<List<String>> seen = words();
        assertThat(error(bad)).isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR);
        assertThat(onItsWay).isNotDone();
        assertThat(sameTurn).isNotDone();
        assertThat(seen).as("waits for the log to decide").isNotDone();
        log.commitHeld();
        assertThat(get(onItsWay)).isEqualTo("two");
        assertThat(get(sameTurn)).isEqualTo("three");
        assertThat(get(seen)).containsExactly("one", "two", "three");
    }

    @Test
    void whatFollowsAFailedAppendFailsTooButIsLoadedIfTheLogTookIt() {
        get(add("one"));
        log.refuseNext(ErrorCode.NOT_ENOUGH_REPLICAS);
        log.holdCommits();
        CompletableFuture<String> lost = add("two");
        // A batch of its own, on its way before the failure is heard of.
        CompletableFuture<String> later =
                runtime.call(
                        (shard, reply, effects) -> {
                            effects.append(
                                    new Effects.InTransaction(
                                            new Effects.Batch.Part(
                                                    new ProducerIdAndEpoch(7, (short) 0),
                                                    List.of(record("three"))),
                                            () -> {},
                                            () -> {}));
                            effects.reply(reply, "three");
                        });
        assertThat(error(lost)).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        assertThat(error(later)).isEqualTo(ErrorCode.COORDINATOR_NOT_AVAILABLE);
        CompletableFuture<List<String>> seen = words();
        loop.runAll();
        assertThat(seen).isNotDone();
        log.commitHeld();
        assertThat(get(seen)).containsExactly("one", "three");
    }

    @Test
    void aNewLeaderAnswersOnlyOnceAllThatTheOneBeforeHadWrittenIsApplied() {
        get(add("one"));
        ShardRuntime<Words> next = new ShardRuntime<>(0, log, this::newState);
        log.forgetCommitted();
        CompletableFuture<List<String>> seen =
                next.call(
                        (shard, reply, effects) -> effects.reply(reply, List.copyOf(shard.words)));
        loop.advance(Duration.ofSeconds(1));
        assertThat(seen).as("the high watermark is behind").isNotDone();
        log.commitAll();
        loop.advance(Duration.ofSeconds(1));
        assertThat(get(seen)).containsExactly("one");
    }

    @Test
    @Tag("wire-43")
    void aStateThatCannotBeLoadedIsTriedAgainByTheNextRequest() {
        get(add("one"));
        failWhenLoaded = true;
        CompletableFuture<String> bad = bad();
        CompletableFuture<List<String>> seen = words();
        assertThat(error(bad)).isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR);
        assertThat(error(seen)).isEqualTo(ErrorCode.NOT_COORDINATOR);
        failWhenLoaded = false;
        assertThat(afterPause(words())).containsExactly("one");
    }

    @Test
    void aRecordTooLargeIsTheServersErrorUnlessTheCoordinatorSaysOtherwise() {
        log.refuseNext(ErrorCode.MESSAGE_TOO_LARGE);
        assertThat(error(add("long"))).isEqualTo(ErrorCode.UNKNOWN_SERVER_ERROR);
    }
}
