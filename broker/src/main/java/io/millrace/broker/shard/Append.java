package io.millrace.broker.shard;

import io.millrace.protocol.error.ApiException;
import java.util.ArrayList;
import java.util.List;

/** A batch on its way into the log, and the replies that wait for it. */
final class Append {
    private final int incarnation;
    private final List<Effects.Reply<?>> replies;
    private final List<Effects.Reply<?>> riders = new ArrayList<>();

    /**
     * A batch that nobody rides on yet.
     *
     * @param incarnation of the state that made it
     * @param replies to what it records
     */
    Append(int incarnation, List<Effects.Reply<?>> replies) {
        this.incarnation = incarnation;
        this.replies = replies;
    }

    int incarnation() {
        return incarnation;
    }

    /** Takes along replies that tell of the state with this batch. */
    void ride(List<Effects.Reply<?>> more) {
        riders.addAll(more);
    }

    /** The log has it. */
    void give() {
        replies.forEach(Effects.Reply::give);
        riders.forEach(Effects.Reply::give);
    }

    /** The log may not have it. */
    void fail(ApiException failure) {
        replies.forEach(reply -> reply.fail(failure));
        riders.forEach(reply -> reply.fail(failure));
    }

    /** The log decided against it, and nothing else is in doubt. */
    void refuse(ApiException refusal) {
        replies.forEach(reply -> reply.fail(refusal));
        riders.forEach(Effects.Reply::give);
    }
}
