package io.millrace.broker.share;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.time.Clock;
import io.millrace.broker.log.LogSnapshot;
import io.millrace.broker.partition.Partition;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One partition as one group consumes it: loads what is recorded, hands records out, takes
 * acknowledgements and records them, ends locks in time. Lives on the loop of the partition; its
 * methods are called from any thread. When a change cannot be recorded, memory and record disagree:
 * the state is thrown away and read again, and what was handed out is handed out again.
 */
final class SharePartition {
    private static final Logger LOGGER = LoggerFactory.getLogger(SharePartition.class);

    private final ShareKey key;
    private final Partition partition;
    private final ShareStates states;
    private final Supplier<ShareSettings> settings;
    private final Clock clock;

    /** Null until it is loaded, and after it could not be recorded. */
    private @Nullable Loaded loaded;

    private @Nullable CompletableFuture<Void> loading;
    private boolean handingOut;
    private boolean recording;
    private List<CompletableFuture<ErrorCode>> unrecorded = new ArrayList<>();
    private List<Runnable> waits = new ArrayList<>(0);

    private record Loaded(ShareWindow window, int stateEpoch, int leaderEpoch) {}

    SharePartition(
            ShareKey key,
            Partition partition,
            ShareStates states,
            Supplier<ShareSettings> settings,
            Clock clock) {
        this.key = key;
        this.partition = partition;
        this.states = states;
        this.settings = settings;
        this.clock = clock;
    }

    Partition partition() {
        return partition;
    }

    ShareSettings settings() {
        return settings.get();
    }

    /**
     * Begins to hand out records: one at a time.
     *
     * @return the offset to read from; empty if there is nothing to hand out, or somebody else is
     *     being given records right now. Who got an offset calls {@link #handOut}
     */
    CompletableFuture<Optional<Long>> begin() {
        return onLoop(
                window -> {
                    window.releaseExpired(clock.monotonicMs(), settings().limits());
                    partition
                            .snapshot()
                            .map(LogSnapshot::logStartOffset)
                            .ifPresent(window::startNotBefore);
                    if (handingOut || !window.hasRoom(settings().limits())) {
                        return Optional.empty();
                    }
                    handingOut = true;
                    return Optional.of(window.nextOffset());
                });
    }

    /**
     * Hands out what was read after {@link #begin}.
     *
     * @param through last offset that was read; before {@code from} if there was nothing
     * @param batches first and last offset of each batch with records for members
     */
    CompletableFuture<List<AcquiredRange>> handOut(
            Demand demand, long from, long through, List<long[]> batches) {
        return onLoop(
                window -> {
                    handingOut = false;
                    long until = clock.monotonicMs() + settings().lockDurationMs();
                    List<AcquiredRange> acquired =
                            window.acquire(
                                    new ShareWindow.Wanted(
                                            demand.member(),
                                            until,
                                            demand.maxRecords(),
                                            demand.exactly(),
                                            settings().limits()),
                                    from,
                                    through,
                                    batches);
                    if (!acquired.isEmpty()) {
                        loop().schedule(settings().lockDurationMs(), this::onLockOver);
                    }
                    fireWaits();
                    return acquired;
                });
    }

    /** Who wants how much; {@code exactly} means not even the rest of a batch more. */
    record Demand(String member, int maxRecords, boolean exactly) {}

    /** Nothing is handed out after {@link #begin}: the log could not be read. */
    void abandon() {
        loop().execute(
                        () -> {
                            handingOut = false;
                            fireWaits();
                        });
    }

    /**
     * Takes what a member says of records that it holds: all of it or nothing.
     *
     * @return NONE once it is recorded; INVALID_RECORD_STATE if the member does not hold them
     */
    CompletableFuture<ErrorCode> acknowledge(String member, List<Acknowledgement> all) {
        CompletableFuture<ErrorCode> done = new CompletableFuture<>();
        whenLoaded(done, window -> onAcknowledge(window, member, all, done));
        return done;
    }

    private void onAcknowledge(
            ShareWindow window,
            String member,
            List<Acknowledgement> all,
            CompletableFuture<ErrorCode> done) {
        for (Acknowledgement one : all) {
            if (!window.isHeldBy(member, one.firstOffset(), one.lastOffset())) {
                done.complete(ErrorCode.INVALID_RECORD_STATE);
                return;
            }
        }
        ShareSettings now = settings();
        long until = clock.monotonicMs() + now.lockDurationMs();
        boolean onlyRenewals = true;
        for (Acknowledgement one : all) {
            window.acknowledge(
                    one.type(), one.firstOffset(), one.lastOffset(), until, now.limits());
            onlyRenewals &= one.type() == AcknowledgeType.RENEW;
        }
        if (onlyRenewals) {
            loop().schedule(now.lockDurationMs(), this::onLockOver);
            done.complete(ErrorCode.NONE);
            return;
        }
        record(done);
        fireWaits();
    }

    /** The member has gone: what it holds is for others. */
    void release(String member) {
        loop().execute(
                        () -> {
                            Loaded now = loaded;
                            if (now != null
                                    && now.window.releaseMember(member, settings().limits())) {
                                record(new CompletableFuture<>());
                                fireWaits();
                            }
                        });
    }

    /** Somebody set the state anew: it is read again before it is used. */
    void forget() {
        loop().execute(this::reset);
    }

    /** Calls back once when there may be something to hand out that was not there before. */
    void whenAvailable(Runnable action) {
        loop().execute(() -> waits.add(action));
    }

    private void onLockOver() {
        Loaded now = loaded;
        if (now != null && now.window.releaseExpired(clock.monotonicMs(), settings().limits())) {
            record(new CompletableFuture<>());
            fireWaits();
        }
    }

    private void fireWaits() {
        List<Runnable> now = waits;
        waits = new ArrayList<>(0);
        now.forEach(Runnable::run);
    }

    private void record(CompletableFuture<ErrorCode> done) {
        unrecorded.add(done);
        if (!recording) {
            recordAll();
        }
    }

    private void recordAll() {
        Loaded now = loaded;
        if (now == null || unrecorded.isEmpty()) {
            return;
        }
        recording = true;
        List<CompletableFuture<ErrorCode>> together = unrecorded;
        unrecorded = new ArrayList<>();
        states.write(
                        key,
                        new ShareState(
                                now.stateEpoch,
                                now.leaderEpoch,
                                now.window.startOffset(),
                                now.window.batches()))
                .whenComplete(
                        (error, failure) ->
                                loop().execute(() -> onRecorded(together, codeOf(error, failure))));
    }

    private void onRecorded(List<CompletableFuture<ErrorCode>> together, ErrorCode error) {
        recording = false;
        together.forEach(done -> done.complete(error));
        if (error == ErrorCode.NONE) {
            recordAll();
            return;
        }
        LOGGER.atWarn()
                .addKeyValue("group", key.groupId())
                .addKeyValue("partition", partition)
                .addKeyValue("error", error)
                .log("deliveries could not be recorded; reading them again");
        reset();
    }

    private void reset() {
        loaded = null;
        handingOut = false;
        List<CompletableFuture<ErrorCode>> lost = unrecorded;
        unrecorded = new ArrayList<>();
        lost.forEach(done -> done.complete(ErrorCode.COORDINATOR_NOT_AVAILABLE));
        fireWaits();
    }

    /** Work on the window once it is loaded. */
    private interface Step<T> {
        T on(ShareWindow window);
    }

    private <T> CompletableFuture<T> onLoop(Step<T> step) {
        CompletableFuture<T> done = new CompletableFuture<>();
        whenLoaded(done, window -> done.complete(step.on(window)));
        return done;
    }

    private void whenLoaded(
            CompletableFuture<?> failing, java.util.function.Consumer<ShareWindow> action) {
        loop().execute(
                        () -> {
                            Loaded now = loaded;
                            if (now != null && now.leaderEpoch != partition.leaderEpoch()) {
                                reset();
                                now = null;
                            }
                            if (now != null) {
                                action.accept(now.window);
                                return;
                            }
                            load().whenComplete(
                                            (done, failure) ->
                                                    loop().execute(
                                                                    () ->
                                                                            afterLoad(
                                                                                    failing, action,
                                                                                    failure)));
                        });
    }

    private void afterLoad(
            CompletableFuture<?> failing,
            java.util.function.Consumer<ShareWindow> action,
            @Nullable Throwable failure) {
        Loaded now = loaded;
        if (now == null) {
            failing.completeExceptionally(
                    failure == null
                            ? new ApiException(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
                            : failure);
        } else {
            action.accept(now.window);
        }
    }

    private CompletableFuture<Void> load() {
        CompletableFuture<Void> running = loading;
        if (running != null) {
            return running;
        }
        int epoch = partition.leaderEpoch();
        CompletableFuture<Void> mine = new CompletableFuture<>();
        loading = mine;
        states.read(key)
                .thenCompose(found -> startIfNew(found.orElse(null), epoch))
                .whenComplete(
                        (state, failure) ->
                                loop().execute(() -> onLoaded(mine, state, epoch, failure)));
        return mine;
    }

    private void onLoaded(
            CompletableFuture<Void> mine,
            @Nullable ShareState state,
            int epoch,
            @Nullable Throwable failure) {
        loading = null;
        if (state == null) {
            mine.completeExceptionally(
                    failure == null ? new ApiException(ErrorCode.UNKNOWN_SERVER_ERROR) : failure);
            return;
        }
        loaded = new Loaded(ShareWindow.of(state), state.stateEpoch(), epoch);
        handingOut = false;
        mine.complete(null);
    }

    /** A partition that the group has never read begins where its settings say. */
    private CompletableFuture<ShareState> startIfNew(@Nullable ShareState found, int epoch) {
        if (found != null && found.startOffset() != ShareState.UNDECIDED) {
            return CompletableFuture.completedFuture(found);
        }
        return partition
                .load()
                .thenCompose(opened -> startOffset())
                .thenCompose(
                        start -> {
                            ShareState first =
                                    new ShareState(
                                            found == null ? 0 : found.stateEpoch(),
                                            epoch,
                                            start,
                                            List.of());
                            return states.write(key, first)
                                    .thenApply(
                                            error -> {
                                                if (error != ErrorCode.NONE) {
                                                    throw new ApiException(error);
                                                }
                                                return first;
                                            });
                        });
    }

    private CompletableFuture<Long> startOffset() {
        ShareSettings now = settings();
        LogSnapshot log = partition.snapshot().orElseThrow();
        long latest = now.isolation().endOf(log);
        if (now.start() instanceof ShareSettings.Start.Earliest) {
            return CompletableFuture.completedFuture(log.logStartOffset());
        }
        if (now.start() instanceof ShareSettings.Start.Ago ago) {
            long since = clock.wallMs() - ago.duration().toMillis();
            return partition
                    .findOffset(since, now.isolation())
                    .thenApply(found -> found.isPresent() ? found.get().offset() : latest);
        }
        return CompletableFuture.completedFuture(latest);
    }

    private EventLoop loop() {
        return partition.loop();
    }

    private static ErrorCode codeOf(@Nullable ErrorCode error, @Nullable Throwable failure) {
        return error != null ? error : codeOf(failure);
    }

    /** What a failure means for who asked. */
    static ErrorCode codeOf(@Nullable Throwable failure) {
        Throwable cause = failure;
        while (cause != null && !(cause instanceof ApiException)) {
            cause = cause.getCause();
        }
        return cause instanceof ApiException api ? api.error() : ErrorCode.UNKNOWN_SERVER_ERROR;
    }
}
