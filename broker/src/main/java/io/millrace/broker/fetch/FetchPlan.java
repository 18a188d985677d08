package io.millrace.broker.fetch;

import io.millrace.protocol.message.FetchResponse.PartitionData;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which partitions a fetch request means, in the order to serve them, and which of the answers its
 * client needs to see. Ended by {@link #answered} or {@link #abandoned}.
 */
public final class FetchPlan {
    private final @Nullable FetchSession session;
    private final boolean onlyChanges;
    private final Collection<FetchTarget> targets;

    private FetchPlan(
            @Nullable FetchSession session, boolean onlyChanges, Collection<FetchTarget> targets) {
        this.session = session;
        this.onlyChanges = onlyChanges;
        this.targets = targets;
    }

    static FetchPlan withoutSession(Collection<FetchTarget> targets) {
        return new FetchPlan(null, false, targets);
    }

    static FetchPlan opening(FetchSession session) {
        return new FetchPlan(session, false, session.targets());
    }

    static FetchPlan incremental(FetchSession session) {
        return new FetchPlan(session, true, session.targets());
    }

    public Collection<FetchTarget> targets() {
        return targets;
    }

    /** Session that the response names; 0 for none. */
    public int sessionId() {
        return session == null ? 0 : session.id();
    }

    /** Whether an answer without records and errors is left out unless its offsets are news. */
    public boolean onlyChanges() {
        return onlyChanges;
    }

    /** Notes one answer that is sent. */
    void told(FetchTarget target, PartitionData answer) {
        if (session != null) {
            target.told(answer);
        }
    }

    /** The response goes out; {@code served} are the targets that got records. */
    public void answered(List<FetchTarget> served) {
        if (session != null) {
            session.rotate(served);
            session.release();
        }
    }

    /** The request failed. */
    public void abandoned() {
        if (session != null) {
            session.release();
        }
    }
}
