package io.millrace.broker.fetch;

import io.millrace.base.time.Clock;
import io.millrace.base.time.RandomSource;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.FetchRequest;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * All fetch sessions, at most {@code maxSessions}. A newcomer gets a place if there is one, or from
 * the session unused for longest if that has been idle for {@link #EVICTION_MS} or is smaller and
 * as old; otherwise it is served without a session, which costs bytes and nothing else. Used from
 * all connection loops.
 */
public final class FetchSessionTable {
    static final long EVICTION_MS = 120_000;
    private static final int FIRST_VERSION_WITH_TOPIC_IDS = 13;

    private final int maxSessions;
    private final Clock clock;
    private final RandomSource random;
    private final ConcurrentHashMap<Integer, FetchSession> sessions = new ConcurrentHashMap<>();

    public FetchSessionTable(int maxSessions, Clock clock, RandomSource random) {
        this.maxSessions = maxSessions;
        this.clock = clock;
        this.random = random;
    }

    /**
     * Finds out which partitions a request means.
     *
     * @throws ApiException if its session is not there or not in the state the client thinks
     */
    public FetchPlan plan(FetchRequest request, short version) {
        boolean byTopicId = version >= FIRST_VERSION_WITH_TOPIC_IDS;
        int epoch = request.sessionEpoch();
        if (epoch != FetchSession.INITIAL_EPOCH && epoch != FetchSession.FINAL_EPOCH) {
            FetchSession session = claim(request, byTopicId);
            if (session.size() > 0) {
                return FetchPlan.incremental(session);
            }
            // Nothing is left to remember: this request is served, also where it forgets at once.
            sessions.remove(session.id(), session);
            return FetchPlan.withoutSession(FetchSession.targetsOf(request, byTopicId).values());
        }
        // A full request ends the session that it names.
        if (request.sessionId() != 0) {
            sessions.remove(request.sessionId());
        }
        FetchSession session =
                epoch == FetchSession.INITIAL_EPOCH ? open(request, byTopicId) : null;
        return session != null
                ? FetchPlan.opening(session)
                : FetchPlan.withoutSession(FetchSession.targetsOf(request, byTopicId).values());
    }

    public int size() {
        return sessions.size();
    }

    private FetchSession claim(FetchRequest request, boolean byTopicId) {
        FetchSession session = sessions.get(request.sessionId());
        if (session == null || !session.claim()) {
            throw new ApiException(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
        }
        ErrorCode problem = ErrorCode.NONE;
        if (session.epoch() != request.sessionEpoch()) {
            problem = ErrorCode.INVALID_FETCH_SESSION_EPOCH;
        } else if (session.byTopicId() != byTopicId) {
            problem = ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR;
        }
        if (problem != ErrorCode.NONE) {
            session.release();
            throw new ApiException(problem);
        }
        session.update(request, clock.monotonicMs());
        return session;
    }

    private @Nullable FetchSession open(FetchRequest request, boolean byTopicId) {
        long now = clock.monotonicMs();
        if (sessions.size() >= maxSessions && !evictFor(request, now)) {
            return null;
        }
        while (true) {
            int id = random.nextInt(Integer.MAX_VALUE - 1) + 1;
            FetchSession session = new FetchSession(id, byTopicId, request, now);
            if (sessions.putIfAbsent(id, session) == null) {
                return session;
            }
        }
    }

    private boolean evictFor(FetchRequest request, long now) {
        FetchSession oldest = null;
        for (FetchSession session : sessions.values()) {
            if (oldest == null || session.lastUsedMs() < oldest.lastUsedMs()) {
                oldest = session;
            }
        }
        if (oldest == null) {
            return false;
        }
        int wanted = request.topics().stream().mapToInt(topic -> topic.partitions().size()).sum();
        boolean idle = now - oldest.lastUsedMs() >= EVICTION_MS;
        boolean smaller = now - oldest.createdMs() >= EVICTION_MS && oldest.size() < wanted;
        return (idle || smaller) && sessions.remove(oldest.id(), oldest);
    }
}
