package io.millrace.broker.share;

import io.millrace.base.loop.EventLoop;
import io.millrace.broker.network.Requester;
import io.millrace.broker.partition.AdvanceWait;
import io.millrace.broker.partition.Partition;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ShareFetchResponse.PartitionData;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The fetching half of one ShareFetch until it has records or its time is over: asks the session's
 * partitions one after the other. Owned by the connection's loop; partitions wake it from theirs.
 */
final class PendingShareFetch {
    private final Requester client;
    private final ShareSession session;
    private final SharePartitions partitions;
    private final Wish wish;
    private final CompletableFuture<Map<ShareSession.Target, PartitionData>> done =
            new CompletableFuture<>();
    private final Map<ShareSession.Target, PartitionData> found = new LinkedHashMap<>();
    private final List<AdvanceWait> waits = new ArrayList<>(0);
    private final AtomicBoolean wakingUp = new AtomicBoolean();
    private int recordsLeft;
    private int bytesLeft;
    private boolean patienceOver;
    private EventLoop.@Nullable Timer patience;

    /** What the member asks for; {@code exactly} = no more records than that. */
    record Wish(int maxWaitMs, int maxBytes, int maxRecords, boolean exactly) {}

    PendingShareFetch(
            Requester client, ShareSession session, SharePartitions partitions, Wish wish) {
        this.client = client;
        this.session = session;
        this.partitions = partitions;
        this.wish = wish;
        this.recordsLeft = wish.maxRecords();
        this.bytesLeft = wish.maxBytes();
    }

    /** Fetches; the future completes on the connection's loop, with partitions worth telling. */
    CompletableFuture<Map<ShareSession.Target, PartitionData>> start() {
        patienceOver = wish.maxWaitMs() <= 0 || session.targets().isEmpty();
        attempt();
        return done;
    }

    private void attempt() {
        if (done.isDone()) {
            return;
        }
        if (client.isGone()) {
            finish();
            return;
        }
        cancelWaits();
        next(session.inTurn(), 0);
    }

    private void next(List<ShareSession.Target> targets, int index) {
        if (index == targets.size() || recordsLeft <= 0 || bytesLeft <= 0) {
            endOfPass(targets);
            return;
        }
        ShareSession.Target target = targets.get(index);
        SharePartition partition = partitions.find(session.keyOf(target));
        if (partition == null) {
            found.put(target, failed(target, partitions.whyMissing(target)));
            next(targets, index + 1);
            return;
        }
        new ShareRead(
                        partition,
                        new SharePartition.Demand(session.memberId(), recordsLeft, wish.exactly()),
                        bytesLeft)
                .run()
                .whenComplete(
                        (outcome, failure) ->
                                client.execute(
                                        () -> {
                                            take(target, outcome, failure);
                                            next(targets, index + 1);
                                        }));
    }

    private void take(
            ShareSession.Target target,
            ShareRead.@Nullable Outcome outcome,
            @Nullable Throwable failure) {
        if (outcome == null) {
            found.put(target, failed(target, SharePartition.codeOf(failure)));
            return;
        }
        if (outcome.error() != ErrorCode.NONE) {
            found.put(target, failed(target, outcome.error()));
            return;
        }
        if (outcome.acquired().isEmpty()) {
            return;
        }
        PartitionData data = ShareRead.describe(outcome).partitionIndex(target.partition());
        found.put(target, data);
        for (AcquiredRange range : outcome.acquired()) {
            recordsLeft -= (int) (range.lastOffset() - range.firstOffset() + 1);
        }
        bytesLeft -= data.records() == null ? 0 : data.records().sizeInBytes();
    }

    private void endOfPass(List<ShareSession.Target> targets) {
        if (!found.isEmpty() || patienceOver) {
            finish();
            return;
        }
        if (patience == null) {
            patience =
                    client.schedule(
                            wish.maxWaitMs(),
                            () -> {
                                patienceOver = true;
                                wakeUp();
                            });
        }
        wakingUp.set(false);
        for (ShareSession.Target target : targets) {
            SharePartition partition = partitions.find(session.keyOf(target));
            if (partition != null) {
                Partition log = partition.partition();
                var isolation = partition.settings().isolation();
                log.snapshot()
                        .ifPresent(
                                now ->
                                        waits.add(
                                                log.onAdvance(
                                                        isolation.endOf(now),
                                                        isolation,
                                                        this::wakeUp)));
                partition.whenAvailable(this::wakeUp);
            }
        }
    }

    /** From any thread. */
    private void wakeUp() {
        if (wakingUp.compareAndSet(false, true)) {
            client.post(this::attempt);
        }
    }

    private void finish() {
        wakingUp.set(true);
        cancelWaits();
        if (patience != null) {
            patience.cancel();
        }
        done.complete(found);
    }

    private void cancelWaits() {
        waits.forEach(AdvanceWait::cancel);
        waits.clear();
    }

    private static PartitionData failed(ShareSession.Target target, ErrorCode error) {
        return new PartitionData()
                .partitionIndex(target.partition())
                .errorCode(error.code())
                .errorMessage(error.message());
    }
}
