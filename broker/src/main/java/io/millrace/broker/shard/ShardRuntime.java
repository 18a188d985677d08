package io.millrace.broker.shard;

import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one {@link ShardState} on its partition's loop: loads it from the log, passes it requests,
 * appends what it wants recorded and holds replies back until the records are committed. All events
 * of one turn of the loop share a batch. When an append fails, memory and log disagree; when an
 * event throws, the state may be half changed: the shard is thrown away, and loaded again once the
 * log has decided about every batch on its way.
 */
public final class ShardRuntime<S extends ShardState> {
    private static final Logger LOGGER = LoggerFactory.getLogger(ShardRuntime.class);

    /** Requests kept while the shard loads; clients of those beyond are told to try again. */
    private static final int MAX_WAITING = 1000;

    private final int partition;
    private final ShardLog log;
    private final Supplier<S> newShard;
    private final Consumer<Effects.Outgoing> outbox;
    private final Executor background;
    private final ReloadPause pause;
    private S shard;
    private Phase phase = Phase.UNUSED;

    /** Counts states, so that timers and results of an earlier one do nothing. */
    private int incarnation;

    /** How long the next first request waits for its load: the load before could not be done. */
    private long loadPauseMs;

    /** Loading waits for the batches of the state before. */
    private boolean draining;

    private OpenBatch open = new OpenBatch();
    private boolean flushQueued;
    private final ArrayDeque<Append> inFlight = new ArrayDeque<>();

    /** Requests that came before the shard was loaded. */
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();

    private enum Phase {
        /** Nobody has asked for one of its entries yet. */
        UNUSED,
        LOADING,
        ACTIVE,
        CLOSED
    }

    /** One request to the shard; answers through {@code effects}. */
    @FunctionalInterface
    public interface Request<S, T> {
        void run(S shard, CompletableFuture<T> reply, Effects effects);
    }

    /** A runtime of a state machine that sends nothing and offloads nothing. */
    public ShardRuntime(int partition, ShardLog log, Supplier<S> newShard) {
        this(
                partition,
                log,
                newShard,
                message -> {
                    throw new IllegalStateException("nobody takes " + message);
                });
    }

    /** A runtime of a state machine that offloads nothing. */
    public ShardRuntime(
            int partition, ShardLog log, Supplier<S> newShard, Consumer<Effects.Outgoing> outbox) {
        this(partition, log, newShard, outbox, Runnable::run);
    }

    /**
     * A runtime that is not loaded yet.
     *
     * @param outbox gets what the shard sends, on the loop
     * @param background runs what the shard offloads
     */
    public ShardRuntime(
            int partition,
            ShardLog log,
            Supplier<S> newShard,
            Consumer<Effects.Outgoing> outbox,
            Executor background) {
        this.partition = partition;
        this.log = log;
        this.newShard = newShard;
        this.outbox = outbox;
        this.background = background;
        this.pause = new ReloadPause(log.loop().clock());
        this.shard = newShard.get();
    }

    /** Leader epoch that it runs under. */
    public int leaderEpoch() {
        return log.leaderEpoch();
    }

    /** This broker no longer leads the partition. */
    public void close() {
        log.loop().post(this::onClose);
    }

    /**
     * Passes a request to the shard, which is loaded when the first one comes. Fails with a
     * retriable error if the shard cannot serve.
     */
    public <T> CompletableFuture<T> call(Request<S, T> request) {
        CompletableFuture<T> reply = new CompletableFuture<>();
        log.loop().execute(() -> onCall(request, reply));
        return reply;
    }

    private <T> void onCall(Request<S, T> request, CompletableFuture<T> reply) {
        if (phase == Phase.UNUSED) {
            phase = Phase.LOADING;
            soon(loadPauseMs, this::openThenLoad);
        }
        if (phase == Phase.LOADING && waiting.size() < MAX_WAITING) {
            waiting.add(() -> onCall(request, reply));
            return;
        }
        if (phase != Phase.ACTIVE) {
            reply.completeExceptionally(
                    new ApiException(
                            phase == Phase.LOADING
                                    ? ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
                                    : ErrorCode.NOT_COORDINATOR));
            return;
        }
        run(effects -> request.run(shard, reply, effects), reply::completeExceptionally);
    }

    /**
     * Runs one event of the state and what it wants done. A bug in it costs the state, which is
     * loaded again, but not the loop.
     *
     * @param failed is told if nothing of the event counts
     */
    private void run(Consumer<Effects> event, Consumer<ApiException> failed) {
        int now = incarnation;
        Effects effects = new Effects();
        ApiException failure;
        try {
            event.accept(effects);
            if (incarnation == now) {
                carryOut(effects);
                return;
            }
            failure = stateLost();
        } catch (RuntimeException e) {
            onBug(e);
            failure =
                    new ApiException(
                            ErrorCode.UNKNOWN_SERVER_ERROR,
                            "the broker's log says what went wrong",
                            e);
        }
        failed.accept(failure);
        effects.replies().forEach(reply -> reply.fail(stateLost()));
    }

    private void guarded(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            onBug(e);
        }
    }

    private void onBug(RuntimeException bug) {
        LOGGER.atError()
                .addKeyValue("partition", partition)
                .setCause(bug)
                .log("an event of a coordinator failed; loading its state again");
        if (phase != Phase.ACTIVE) {
            return;
        }
        try {
            // The events before this one are whole, and so is what they record.
            onFlush();
        } catch (RuntimeException e) {
            logAlso(e);
        }
        if (phase == Phase.ACTIVE) {
            startOver();
        }
    }

    /** Throws the state away and loads it again, soon. */
    private void startOver() {
        phase = Phase.LOADING;
        incarnation++;
        unload();
        // Also what is in the log already and counts only later belongs to the state.
        soon(pause.next(), this::openThenLoad);
    }

    private void soon(long pauseMs, Runnable event) {
        if (pauseMs == 0) {
            log.loop().post(event);
        } else {
            log.loop().schedule(pauseMs, event);
        }
    }

    private void unload() {
        try {
            shard.unload(Effects.Reply::give);
        } catch (RuntimeException e) {
            logAlso(e);
        }
    }

    private void logAlso(RuntimeException bug) {
        LOGGER.atError()
                .addKeyValue("partition", partition)
                .setCause(bug)
                .log("giving up a coordinator's state failed, too");
    }

    private static ApiException stateLost() {
        return new ApiException(
                ErrorCode.COORDINATOR_NOT_AVAILABLE, "the coordinator loads its state again");
    }

    private void carryOut(Effects effects) {
        int now = incarnation;
        for (Effects.Later later : effects.later()) {
            log.loop().schedule(later.delayMs(), () -> onEvent(later.event(), now));
        }
        for (Effects.Offload<?> offload : effects.offloads()) {
            background.execute(() -> runOffloaded(offload, now));
        }
        List<Effects.Reply<?>> replies = repliesOf(effects);
        Effects.InTransaction inTransaction = effects.inTransaction();
        if (inTransaction != null) {
            append(inTransaction, replies);
        } else if (!effects.records().isEmpty()) {
            open.add(effects.records());
            open.replies().addAll(replies);
            if (open.isFull()) {
                onFlush();
            } else if (!flushQueued) {
                flushQueued = true;
                log.loop().atEndOfBatch(() -> guarded(this::onFlush));
            }
        } else if (!open.isEmpty()) {
            open.replies().addAll(replies);
        } else if (!inFlight.isEmpty()) {
            // What the reply tells must be as durable as what it was derived from.
            inFlight.getLast().ride(replies);
        } else {
            replies.forEach(Effects.Reply::give);
        }
    }

    /** Replies, and what is sent: it goes out when a reply would. */
    private List<Effects.Reply<?>> repliesOf(Effects effects) {
        List<Effects.Reply<?>> replies = new ArrayList<>(effects.replies());
        for (Effects.Outgoing message : effects.outgoing()) {
            CompletableFuture<Effects.Outgoing> sent = new CompletableFuture<>();
            sent.thenAccept(this::send);
            replies.add(new Effects.Reply<>(sent, message));
        }
        return replies;
    }

    private void send(Effects.Outgoing message) {
        try {
            outbox.accept(message);
        } catch (RuntimeException e) {
            // The state is as good as before; loading it again might send the same for ever.
            LOGGER.atError()
                    .addKeyValue("partition", partition)
                    .setCause(e)
                    .log("a coordinator's message could not be sent");
        }
    }

    private void append(Effects.InTransaction event, List<Effects.Reply<?>> replies) {
        int now = incarnation;
        onFlush();
        if (incarnation != now) {
            replies.forEach(reply -> reply.fail(stateLost()));
            return;
        }
        Append append = new Append(now, replies);
        Consumer<@Nullable ApiException> done = failure -> onAppended(append, event, failure);
        if (event.batch() instanceof Effects.Batch.End end) {
            append(append, () -> log.end(end.marker(), done));
        } else if (event.batch() instanceof Effects.Batch.Part part) {
            append(
                    append,
                    () ->
                            log.append(
                                    OpenBatch.build(part.records(), part.producer(), wallMs()),
                                    done));
        }
    }

    private void append(Append append, Runnable toLog) {
        inFlight.add(append);
        try {
            toLog.run();
        } catch (RuntimeException e) {
            inFlight.remove(append);
            append.fail(stateLost());
            throw e;
        }
    }

    private void onAppended(
            Append append, Effects.InTransaction event, @Nullable ApiException failure) {
        if (phase == Phase.CLOSED) {
            return;
        }
        boolean stateIsThere = append.incarnation() == incarnation;
        if (failure != null && AppendFailures.isRefusal(failure.error())) {
            if (stateIsThere) {
                guarded(event.onRefused());
            }
            inFlight.remove();
            append.refuse(failure);
            loadIfDrained();
            return;
        }
        if (failure == null && stateIsThere) {
            guarded(event.onCommitted());
        }
        onAppended(append, failure);
    }

    private void onEvent(Consumer<Effects> event, int scheduledIn) {
        if (phase == Phase.ACTIVE && incarnation == scheduledIn) {
            run(event, failure -> {});
        }
    }

    private void runOffloaded(Effects.Offload<?> offload, int scheduledIn) {
        try {
            Consumer<Effects> event = offload.run();
            log.loop().post(() -> onEvent(event, scheduledIn));
        } catch (RuntimeException e) {
            // The entry it was for waits for ever; the others of the shard go on.
            LOGGER.atError()
                    .addKeyValue("partition", partition)
                    .setCause(e)
                    .log("work for a coordinator failed");
        }
    }

    private void onFlush() {
        flushQueued = false;
        if (open.isEmpty()) {
            return;
        }
        OpenBatch batch = open;
        open = new OpenBatch();
        Append append = new Append(incarnation, batch.replies());
        append(
                append,
                () -> log.append(batch.build(wallMs()), failure -> onAppended(append, failure)));
    }

    private long wallMs() {
        return log.loop().clock().wallMs();
    }

    private void onAppended(Append append, @Nullable ApiException failure) {
        if (phase == Phase.CLOSED) {
            return;
        }
        inFlight.remove();
        if (failure == null) {
            append.give();
        } else {
            onAppendFailed(append, failure);
        }
        loadIfDrained();
    }

    private void onAppendFailed(Append append, ApiException failure) {
        LOGGER.atWarn()
                .addKeyValue("partition", partition)
                .addKeyValue("error", failure.error())
                .setCause(failure)
                .log("coordinator state could not be recorded; loading it again");
        ApiException told = AppendFailures.told(failure, shard);
        if (phase == Phase.ACTIVE) {
            startOver();
        }
        append.fail(told);
        failAll(told);
    }

    /** Fails every reply that waits for a record. What is in flight still has to be heard of. */
    private void failAll(ApiException failure) {
        inFlight.forEach(append -> append.fail(failure));
        OpenBatch lost = open;
        open = new OpenBatch();
        lost.replies().forEach(reply -> reply.fail(failure));
    }

    private void onClose() {
        if (phase != Phase.CLOSED) {
            phase = Phase.CLOSED;
            incarnation++;
            failAll(new ApiException(ErrorCode.NOT_COORDINATOR));
            inFlight.clear();
            unload();
            serveWaiting();
        }
    }

    private void openThenLoad() {
        if (phase != Phase.LOADING) {
            return;
        }
        log.open()
                .whenComplete(
                        (opened, failure) ->
                                log.loop()
                                        .execute(
                                                () -> {
                                                    if (failure == null) {
                                                        onLoad();
                                                    } else {
                                                        unreadable(failure);
                                                    }
                                                }));
    }

    private void unreadable(Throwable failure) {
        if (phase != Phase.LOADING) {
            return;
        }
        LOGGER.atError()
                .addKeyValue("partition", partition)
                .setCause(failure)
                .log(
                        "coordinator state cannot be read; its entries have no coordinator until it"
                                + " can");
        phase = Phase.CLOSED;
        serveWaiting();
        // The next request tries again.
        phase = Phase.UNUSED;
        loadPauseMs = pause.next();
    }

    private void serveWaiting() {
        while (phase != Phase.LOADING && !waiting.isEmpty()) {
            waiting.remove().run();
        }
    }

    private void onLoad() {
        if (phase != Phase.LOADING) {
            return;
        }
        // What is on its way may be committed yet: it would be missing in the loaded state.
        draining = !inFlight.isEmpty();
        if (draining) {
            return;
        }
        incarnation++;
        shard = newShard.get();
        int loadedIn = incarnation;
        new ShardLoad(
                        log,
                        new ShardReplay(partition, shard),
                        () -> phase == Phase.LOADING && incarnation == loadedIn,
                        this::onLoaded,
                        this::unreadable)
                .onStart();
    }

    private void loadIfDrained() {
        if (draining && inFlight.isEmpty()) {
            draining = false;
            log.loop().post(this::openThenLoad);
        }
    }

    private void onLoaded(long end) {
        phase = Phase.ACTIVE;
        try {
            Effects effects = new Effects();
            shard.loaded(effects);
            carryOut(effects);
        } catch (RuntimeException e) {
            // Loading again at once would end the same way.
            phase = Phase.LOADING;
            failAll(stateLost());
            unload();
            unreadable(e);
            return;
        }
        if (shard.size() > 0) {
            LOGGER.atInfo()
                    .addKeyValue("partition", partition)
                    .addKeyValue("entries", shard.size())
                    .addKeyValue("offset", end)
                    .log("loaded coordinator state");
        }
        serveWaiting();
    }
}
