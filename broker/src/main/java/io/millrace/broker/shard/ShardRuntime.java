package io.millrace.broker.shard;

import io.millrace.protocol.compress.Compression;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.record.RecordBatchBuilder;
import io.millrace.protocol.record.RecordBatchHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
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

    /** Batches are closed at this size; one event is never split. */
    private static final int BATCH_BYTES = 512 * 1024;

    /** Read at once while loading; other owners of the loop get their turn in between. */
    private static final int LOAD_BYTES = 1024 * 1024;

    /** Requests kept while the shard loads; clients of those beyond are told to try again. */
    private static final int MAX_WAITING = 1000;

    private static final ByteBufAllocator ALLOCATOR = PooledByteBufAllocator.DEFAULT;

    private final int partition;
    private final ShardLog log;
    private final Supplier<S> newShard;
    private final Consumer<Effects.Outgoing> outbox;
    private final Executor background;
    private S shard;
    private Phase phase = Phase.UNUSED;

    /** Counts states, so that timers and results of an earlier one do nothing. */
    private int incarnation;

    /** Loading waits for the batches of the state before. */
    private boolean draining;

    private List<CoordinatorRecord> openRecords = new ArrayList<>();
    private List<Effects.Reply<?>> openReplies = new ArrayList<>();
    private int openBytes;
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

    /** A batch on its way. */
    private static final class Append {
        private final int incarnation;

        /** To what it records. */
        private final List<Effects.Reply<?>> replies;

        /** Replies that tell of the state with it. */
        private final List<Effects.Reply<?>> riders = new ArrayList<>();

        Append(int incarnation, List<Effects.Reply<?>> replies) {
            this.incarnation = incarnation;
            this.replies = replies;
        }

        void give() {
            replies.forEach(Effects.Reply::give);
            riders.forEach(Effects.Reply::give);
        }

        void fail(ApiException failure) {
            replies.forEach(reply -> reply.fail(failure));
            riders.forEach(reply -> reply.fail(failure));
        }
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
        this.shard = newShard.get();
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
            openThenLoad();
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

    /** Throws the state away and loads it again. */
    private void startOver() {
        phase = Phase.LOADING;
        incarnation++;
        unload();
        log.loop().post(this::onLoad);
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
            for (CoordinatorRecord record : effects.records()) {
                openRecords.add(record);
                openBytes += record.estimatedBytes();
            }
            openReplies.addAll(replies);
            if (openBytes >= BATCH_BYTES) {
                onFlush();
            } else if (!flushQueued) {
                flushQueued = true;
                log.loop().atEndOfBatch(() -> guarded(this::onFlush));
            }
        } else if (!openRecords.isEmpty()) {
            openReplies.addAll(replies);
        } else if (!inFlight.isEmpty()) {
            // What the reply tells must be as durable as what it was derived from.
            inFlight.getLast().riders.addAll(replies);
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
            int bytes = part.records().stream().mapToInt(CoordinatorRecord::estimatedBytes).sum();
            append(append, () -> log.append(build(part.records(), bytes, part.producer()), done));
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
        boolean stateIsThere = append.incarnation == incarnation;
        if (failure != null && isRefusal(failure.error())) {
            if (stateIsThere) {
                guarded(event.onRefused());
            }
            inFlight.remove();
            append.replies.forEach(reply -> reply.fail(failure));
            append.riders.forEach(Effects.Reply::give);
            loadIfDrained();
            return;
        }
        if (failure == null && stateIsThere) {
            guarded(event.onCommitted());
        }
        onAppended(append, failure);
    }

    /** Whether the log has decided not to take a batch; nothing of it is there. */
    private static boolean isRefusal(ErrorCode error) {
        return switch (error) {
            case INVALID_PRODUCER_EPOCH,
                    PRODUCER_FENCED,
                    INVALID_TXN_STATE,
                    TRANSACTION_COORDINATOR_FENCED,
                    INVALID_PRODUCER_ID_MAPPING,
                    OUT_OF_ORDER_SEQUENCE_NUMBER ->
                    true;
            default -> false;
        };
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
        if (openRecords.isEmpty()) {
            return;
        }
        List<CoordinatorRecord> records = openRecords;
        int bytes = openBytes;
        Append append = new Append(incarnation, openReplies);
        openRecords = new ArrayList<>();
        openReplies = new ArrayList<>();
        openBytes = 0;
        append(
                append,
                () ->
                        log.append(
                                build(records, bytes, ProducerIdAndEpoch.NONE),
                                failure -> onAppended(append, failure)));
    }

    private ByteBuf build(
            List<CoordinatorRecord> records, int estimatedBytes, ProducerIdAndEpoch producer) {
        ByteBuf batch = ALLOCATOR.directBuffer(estimatedBytes + 128);
        RecordBatchBuilder builder = new RecordBatchBuilder(batch, Compression.NONE);
        if (!producer.equals(ProducerIdAndEpoch.NONE)) {
            builder.producer(producer.producerId(), producer.epoch(), RecordBatchHeader.NO_SEQUENCE)
                    .transactional();
        }
        long now = log.loop().clock().wallMs();
        for (CoordinatorRecord record : records) {
            builder.append(now, record.key(), record.value());
        }
        builder.build();
        return batch;
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
        ApiException told = asCoordinatorError(failure);
        if (phase == Phase.ACTIVE) {
            startOver();
        }
        append.fail(told);
        failAll(told);
    }

    private ApiException asCoordinatorError(ApiException failure) {
        ErrorCode code =
                switch (failure.error()) {
                    case NOT_LEADER_OR_FOLLOWER, KAFKA_STORAGE_ERROR -> ErrorCode.NOT_COORDINATOR;
                    case MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE -> shard.recordTooLarge();
                    default -> ErrorCode.COORDINATOR_NOT_AVAILABLE;
                };
        return new ApiException(code, String.valueOf(failure.getMessage()), failure);
    }

    /** Fails every reply that waits for a record. What is in flight still has to be heard of. */
    private void failAll(ApiException failure) {
        inFlight.forEach(append -> append.fail(failure));
        List<Effects.Reply<?>> replies = openReplies;
        openReplies = new ArrayList<>();
        openRecords = new ArrayList<>();
        openBytes = 0;
        replies.forEach(reply -> reply.fail(failure));
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
        loadFrom(log.startOffset(), incarnation);
    }

    private void loadIfDrained() {
        if (draining && inFlight.isEmpty()) {
            draining = false;
            log.loop().post(this::onLoad);
        }
    }

    private void loadFrom(long offset, int loadedIn) {
        if (phase != Phase.LOADING || incarnation != loadedIn) {
            return;
        }
        long next = offset;
        try {
            if (offset < log.committedOffset()) {
                ByteBuf batches = log.read(offset, LOAD_BYTES);
                try {
                    next = new ShardReplay(partition, shard).applyAll(batches, offset);
                } finally {
                    batches.release();
                }
            }
        } catch (IOException | RuntimeException e) {
            unreadable(e);
            return;
        }
        if (next > offset) {
            long from = next;
            log.loop().post(() -> loadFrom(from, loadedIn));
            return;
        }
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
                    .addKeyValue("offset", next)
                    .log("loaded coordinator state");
        }
        serveWaiting();
    }
}
