package io.millrace.broker.replication.fetcher;

import io.millrace.base.loop.EventLoop;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.peer.PeerRequests;
import io.millrace.broker.replication.FollowPoint;
import io.millrace.broker.replication.FollowedPartition;
import io.millrace.broker.replication.LeaderAnswer;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.FetchRequest;
import io.millrace.protocol.message.FetchRequest.ReplicaState;
import io.millrace.protocol.message.FetchResponse;
import io.millrace.protocol.message.FetchResponse.FetchableTopicResponse;
import io.millrace.protocol.message.FetchResponse.PartitionData;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies its share of the partitions that one leader leads: asks, has the answer written by the
 * partitions' owners in parallel, and asks again. One request is under way at a time; a partition
 * that comes meanwhile does not wait for its answer, which may take {@code
 * replica.fetch.wait.max.ms}, but is copied over a second connection until then. Owned by its loop;
 * {@link #follow}, {@link #unfollow}, {@link #reconfigure} and {@link #close} from anywhere,
 * figures too.
 *
 * <p>Failure: a partition that cannot go on is left out for a while and does not hold up the
 * others; a lost request ends the session and everything is asked for anew.
 */
final class FetchLane {
    private static final Logger LOGGER = LoggerFactory.getLogger(FetchLane.class);

    /** Index of the lane for joiners of lane 0. */
    static final int JOINERS = 1_000;

    private final int leader;
    private final int index;
    private final LaneContext context;
    private final EventLoop loop;
    private final LeaderSession session = new LeaderSession();
    private final Map<FetchKey, LanePartition> partitions = new ConcurrentHashMap<>();
    private final Delays delays = new Delays();
    private final Writes writes = new Writes();
    private final Backoff backoff = new Backoff();
    private final Map<FetchKey, LanePartition> joining = new LinkedHashMap<>();

    /** Copies what comes while a request is under way here, until it is answered. */
    private final @Nullable FetchLane joiners;

    private FetcherConfig config;
    private long requests;
    private boolean inFlight;
    private boolean stepDue;
    private boolean closed;

    /** No request before this time. */
    private long pausedUntilMs;

    private EventLoop.@Nullable Timer timeout;
    private EventLoop.@Nullable Timer patience;
    private EventLoop.@Nullable Timer wake;
    private final AtomicLong bytes = new AtomicLong();

    /**
     * @param index of the lanes to this leader
     */
    FetchLane(int leader, int index, EventLoop loop, LaneContext context, FetcherConfig config) {
        this(
                leader,
                index,
                loop,
                context,
                config,
                new FetchLane(leader, JOINERS + index, loop, context, config, null));
    }

    private FetchLane(
            int leader,
            int index,
            EventLoop loop,
            LaneContext context,
            FetcherConfig config,
            @Nullable FetchLane joiners) {
        this.joiners = joiners;
        this.leader = leader;
        this.index = index;
        this.loop = loop;
        this.context = context;
        this.config = config;
        this.pausedUntilMs = loop.clock().monotonicMs();
    }

    /** Copies the partition from now on; under a newer epoch, if it did so before. */
    void follow(FollowedPartition partition, int leaderEpoch) {
        loop.post(() -> onFollow(new LanePartition(partition, leaderEpoch)));
    }

    /** Asks for the partition no more. What is being written is written. */
    void unfollow(FetchKey key) {
        loop.post(() -> onUnfollow(key));
    }

    void reconfigure(FetcherConfig changed) {
        loop.post(() -> config = changed);
        if (joiners != null) {
            joiners.reconfigure(changed);
        }
    }

    /** Asks no more. */
    void close() {
        loop.post(this::onClose);
    }

    /** Its partitions and their figures. */
    Collection<LanePartition> partitions() {
        return partitions.values();
    }

    /** Bytes of records that came. */
    long bytes() {
        return bytes.get() + (joiners == null ? 0 : joiners.bytes());
    }

    int leader() {
        return leader;
    }

    int index() {
        return index;
    }

    private void onFollow(LanePartition added) {
        loop.assertInLoop();
        if (closed) {
            return;
        }
        forget(added.key);
        // News about a leader is a reason to try it again at once.
        backoff.succeeded();
        pausedUntilMs = now();
        if (inFlight && joiners != null) {
            joining.put(added.key, added);
            joiners.onFollow(new LanePartition(added.partition, added.leaderEpoch));
            return;
        }
        partitions.put(added.key, added);
        activate(added);
        stepSoon();
    }

    private void onUnfollow(FetchKey key) {
        loop.assertInLoop();
        forget(key);
        joining.remove(key);
        if (joiners != null) {
            joiners.onUnfollow(key);
        }
    }

    private void forget(FetchKey key) {
        LanePartition gone = partitions.remove(key);
        if (gone != null) {
            delays.remove(gone);
            session.drop(key);
        }
    }

    /** Takes over what came while a request was under way. */
    private void takeJoiners() {
        if (joiners == null || joining.isEmpty()) {
            return;
        }
        for (LanePartition joined : joining.values()) {
            joiners.onUnfollow(joined.key);
            partitions.put(joined.key, joined);
            activate(joined);
        }
        joining.clear();
    }

    private void onClose() {
        closed = true;
        partitions.clear();
        delays.clear();
        joining.clear();
        if (joiners != null) {
            joiners.onClose();
        }
        cancel(timeout);
        cancel(patience);
        cancel(wake);
    }

    /** Asks for it with the next request, if it can be asked for. */
    private void activate(LanePartition p) {
        FollowPoint point = p.partition.followPoint().orElse(null);
        if (point == null || point.leaderEpoch() != p.leaderEpoch) {
            delay(p, p.backoff.next(config.backoffMs()));
            return;
        }
        want(p, point);
    }

    private void want(LanePartition p, FollowPoint point) {
        p.fetchOffset = point.fetchOffset();
        p.throttled = context.followerQuota().isExceeded() && isThrottled(p) && p.lags(point);
        if (p.throttled) {
            delay(p, context.followerQuota().pauseMs());
            return;
        }
        session.want(p.key, point);
    }

    private boolean isThrottled(LanePartition p) {
        return p.partition
                .config()
                .throttled()
                .followers()
                .contains(p.key.partition(), context.brokerId());
    }

    private void delay(LanePartition p, long delayMs) {
        session.drop(p.key);
        delays.add(p, now() + delayMs);
    }

    private void stepSoon() {
        if (!stepDue) {
            stepDue = true;
            loop.atEndOfBatch(this::step);
        }
    }

    /** Asks, if everything is ready for it; else comes back when it is. */
    private void step() {
        stepDue = false;
        if (closed || inFlight || !writes.allDone()) {
            return;
        }
        takeJoiners();
        long now = now();
        delays.takeDue(now).forEach(this::activate);
        if (now < pausedUntilMs) {
            wakeIn(pausedUntilMs - now);
        } else if (!session.isEmpty()) {
            ask();
        } else if (delays.nextMs() != Delays.NEVER) {
            wakeIn(delays.nextMs() - now);
        }
    }

    private void wakeIn(long delayMs) {
        cancel(wake);
        wake = loop.schedule(Math.max(1, delayMs), this::step);
    }

    private void ask() {
        inFlight = true;
        long number = ++requests;
        FetchRequest request =
                session.next(config.partitionMaxBytes())
                        .replicaState(
                                new ReplicaState()
                                        .replicaId(context.brokerId())
                                        .replicaEpoch(context.brokerEpoch().getAsLong()))
                        .maxWaitMs(waitMs())
                        .minBytes(config.minBytes())
                        .maxBytes(config.responseMaxBytes());
        timeout = loop.schedule(config.requestTimeoutMs(), () -> onTimeout(number));
        context.peers()
                .send(leader, new PeerRequests.Lane("fetcher", index), request)
                .whenComplete(
                        (answer, failure) -> loop.post(() -> onAnswer(number, answer, failure)));
    }

    /** A leader need not wait longer than until something else is to be asked. */
    private int waitMs() {
        long waitMs = config.waitMaxMs();
        if (writes.anyLate()) {
            waitMs = Math.min(waitMs, Writes.PATIENCE_MS);
        }
        return (int) Math.min(waitMs, Math.max(1, delays.nextMs() - now()));
    }

    private void onTimeout(long number) {
        if (inFlight && number == requests) {
            inFlight = false;
            // An answer that comes yet is none to the next request.
            requests++;
            onLost("no answer in " + config.requestTimeoutMs() + " ms", null);
        }
    }

    private void onAnswer(
            long number, @Nullable FetchResponse answer, @Nullable Throwable failure) {
        loop.assertInLoop();
        if (closed || !inFlight || number != requests) {
            return;
        }
        inFlight = false;
        cancel(timeout);
        if (answer == null) {
            onLost("the request was lost", failure);
        } else if (answer.errorCode() != ErrorCode.NONE.code()) {
            onRefused(ErrorCode.forCode(answer.errorCode()));
        } else {
            if (backoff.isFailing()) {
                LOGGER.atInfo().addKeyValue("leader", leader).log("leader answers fetches again");
            }
            backoff.succeeded();
            session.answered(answer.sessionId());
            takeAll(answer);
        }
    }

    private void onLost(String why, @Nullable Throwable cause) {
        if (!backoff.isFailing()) {
            LOGGER.atWarn()
                    .addKeyValue("leader", leader)
                    .addKeyValue("partitions", partitions.size())
                    .addKeyValue("cause", String.valueOf(cause))
                    .log("fetch failed, trying again with growing pauses: " + why);
        }
        session.lost(true);
        pause();
    }

    private void onRefused(ErrorCode error) {
        boolean ofSession =
                error == ErrorCode.FETCH_SESSION_ID_NOT_FOUND
                        || error == ErrorCode.INVALID_FETCH_SESSION_EPOCH
                        || error == ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR;
        boolean wasFull = session.nextIsFull();
        if (ofSession && !wasFull) {
            session.lost(error != ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
            step();
            return;
        }
        onLost("the leader refuses it with " + error, null);
    }

    private void pause() {
        pausedUntilMs = now() + backoff.next(config.backoffMs());
        step();
    }

    private void takeAll(FetchResponse answer) {
        for (FetchableTopicResponse topic : answer.responses()) {
            for (PartitionData part : topic.partitions()) {
                FetchKey key = new FetchKey(topic.topicId(), part.partitionIndex());
                LanePartition p = partitions.get(key);
                FollowPoint asked = session.asked(key);
                if (p != null
                        && asked != null
                        && asked.leaderEpoch() == p.leaderEpoch
                        && session.wants(key)) {
                    take(p, asked, part);
                }
            }
        }
        if (!writes.allDone()) {
            patience = loop.schedule(Writes.PATIENCE_MS, this::onPatienceOver);
        }
        step();
    }

    private void take(LanePartition p, FollowPoint asked, PartitionData part) {
        AnswerPart read = AnswerPart.of(part, asked);
        if (read instanceof AnswerPart.Served served) {
            onServed(p, served.answer());
        } else if (read instanceof AnswerPart.Restart restart) {
            LOGGER.atWarn()
                    .addKeyValue("partition", p)
                    .addKeyValue("leader", leader)
                    .addKeyValue("ourEnd", asked.fetchOffset())
                    .addKeyValue("leaderStart", restart.leaderLogStartOffset())
                    .log("the leader has nothing left to continue our log; beginning anew");
            write(p, p.partition.restartAt(asked.leaderEpoch(), restart.leaderLogStartOffset()));
        } else if (read instanceof AnswerPart.Damaged damaged) {
            LOGGER.atError()
                    .addKeyValue("partition", p)
                    .addKeyValue("leader", leader)
                    .log("fetched records are damaged and were not written: " + damaged.why());
            delay(p, config.backoffMs());
        } else if (read instanceof AnswerPart.Failed failed) {
            onError(p, failed);
        }
    }

    private void onServed(LanePartition p, LeaderAnswer answer) {
        int size = answer.records().readableBytes();
        bytes.addAndGet(size);
        if (size > 0 && isThrottled(p)) {
            context.followerQuota().count(size);
        }
        if (p.learn(answer)) {
            write(p, p.partition.onLeaderAnswer(answer));
        } else {
            p.backoff.succeeded();
        }
    }

    private void onError(LanePartition p, AnswerPart.Failed failed) {
        if (!p.backoff.isFailing()) {
            LOGGER.atInfo()
                    .addKeyValue("partition", p)
                    .addKeyValue("leader", leader)
                    .addKeyValue("epoch", p.leaderEpoch)
                    .addKeyValue("error", failed.error())
                    .log("leader does not serve our fetch; trying again");
        }
        long waitMs = p.backoff.next(config.backoffMs());
        delay(p, failed.passing() ? waitMs : config.backoffMs());
    }

    private void write(LanePartition p, CompletableFuture<Optional<FollowPoint>> written) {
        if (!writes.begin(p, now())) {
            session.drop(p.key);
        }
        written.whenComplete((point, failure) -> loop.post(() -> onWritten(p, point, failure)));
    }

    private void onWritten(
            LanePartition p, @Nullable Optional<FollowPoint> written, @Nullable Throwable failure) {
        loop.assertInLoop();
        writes.end(p, now());
        if (closed) {
            return;
        }
        if (partitions.get(p.key) == p) {
            goOn(p, written == null ? null : written.orElse(null), failure);
        }
        if (writes.allDone()) {
            cancel(patience);
            step();
        }
    }

    private void goOn(LanePartition p, @Nullable FollowPoint point, @Nullable Throwable failure) {
        if (failure != null) {
            LOGGER.atError()
                    .addKeyValue("partition", p)
                    .setCause(failure)
                    .log("fetched records could not be written; trying again");
            delay(p, config.backoffMs());
        } else if (point == null || point.leaderEpoch() != p.leaderEpoch) {
            delay(p, p.backoff.next(config.backoffMs()));
        } else {
            p.backoff.succeeded();
            want(p, point);
        }
    }

    /** Whoever is not done by now is left out of the next request. */
    private void onPatienceOver() {
        writes.giveUp().forEach(p -> session.drop(p.key));
        step();
    }

    private long now() {
        return loop.clock().monotonicMs();
    }

    private static void cancel(EventLoop.@Nullable Timer timer) {
        if (timer != null) {
            timer.cancel();
        }
    }

    /** For logs and tests. */
    @Override
    public String toString() {
        List<TopicPartition> followed =
                partitions.values().stream().map(p -> p.partition.id()).toList();
        return "lane " + index + " to broker " + leader + " " + followed;
    }
}
