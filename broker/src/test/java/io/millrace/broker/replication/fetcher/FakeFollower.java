package io.millrace.broker.replication.fetcher;

import io.millrace.base.loop.ManualEventLoop;
import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.replication.FollowPoint;
import io.millrace.broker.replication.FollowedPartition;
import io.millrace.broker.replication.LeaderAnswer;
import io.millrace.protocol.record.RecordBatchView;
import io.millrace.protocol.record.RecordBatches;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A follower's partition in memory, on a loop of its own. */
final class FakeFollower implements FollowedPartition {
    final List<ByteBuf> batches = new ArrayList<>();
    final List<LeaderAnswer> answers = new ArrayList<>();
    private final TopicPartition id;
    private final UUID topicId;
    private final ManualEventLoop owner;
    LogConfig config = LogConfig.DEFAULT;

    /** Epoch under which it follows; negative while it does not. */
    int leaderEpoch = 1;

    long start;
    long end;

    /** The disk takes so long; negative and it never ends. */
    long writeMs;

    @Nullable IOException diskFailure;

    FakeFollower(FetchKey key, ManualEventLoop owner) {
        this.id = new TopicPartition("topic-" + key.topicId(), key.partition());
        this.topicId = key.topicId();
        this.owner = owner;
    }

    @Override
    public TopicPartition id() {
        return id;
    }

    @Override
    public UUID topicId() {
        return topicId;
    }

    @Override
    public LogConfig config() {
        return config;
    }

    @Override
    public Optional<FollowPoint> followPoint() {
        return leaderEpoch < 0
                ? Optional.empty()
                : Optional.of(new FollowPoint(end, leaderEpoch, lastEpoch(), start));
    }

    private int lastEpoch() {
        return batches.isEmpty()
                ? -1
                : RecordBatchView.at(batches.get(batches.size() - 1), 0).partitionLeaderEpoch();
    }

    @Override
    public CompletableFuture<Optional<FollowPoint>> onLeaderAnswer(LeaderAnswer answer) {
        answers.add(answer);
        return onOwner(answer.leaderEpoch(), () -> take(answer));
    }

    private void take(LeaderAnswer answer) {
        if (answer.fetchOffset() != end) {
            return;
        }
        if (answer.diverging() != null) {
            truncate(answer.diverging().endOffset());
            return;
        }
        for (RecordBatchView batch : new RecordBatches(answer.records())) {
            if (batch.baseOffset() == end || (batches.isEmpty() && batch.lastOffset() >= end)) {
                batches.add(Unpooled.wrappedBuffer(ByteBufUtil.getBytes(batch.slice())));
                end = batch.nextOffset();
            }
        }
    }

    private void truncate(long to) {
        while (end > to) {
            ByteBuf last = batches.remove(batches.size() - 1);
            end = RecordBatchView.at(last, 0).baseOffset();
        }
    }

    @Override
    public CompletableFuture<Optional<FollowPoint>> restartAt(int epoch, long leaderStart) {
        return onOwner(
                epoch,
                () -> {
                    if (end < leaderStart) {
                        batches.clear();
                        start = leaderStart;
                        end = leaderStart;
                    }
                });
    }

    private CompletableFuture<Optional<FollowPoint>> onOwner(int epoch, Runnable work) {
        CompletableFuture<Optional<FollowPoint>> done = new CompletableFuture<>();
        if (writeMs >= 0) {
            owner.schedule(
                    writeMs,
                    () -> {
                        if (diskFailure != null) {
                            done.completeExceptionally(diskFailure);
                        } else if (epoch != leaderEpoch) {
                            done.complete(Optional.empty());
                        } else {
                            work.run();
                            done.complete(followPoint());
                        }
                    });
        }
        return done;
    }
}
