package io.millrace.broker.share;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The partitions that one member fetches from this broker, remembered between its requests. Belongs
 * to the request that has claimed it.
 */
final class ShareSession {
    static final int INITIAL_EPOCH = 0;
    static final int FINAL_EPOCH = -1;

    private final String groupId;
    private final String memberId;
    private final Set<Target> targets = new LinkedHashSet<>();
    private final AtomicBoolean claimed = new AtomicBoolean(true);
    private int nextEpoch = 1;
    private int firstServed;

    /** One partition. */
    record Target(UUID topicId, int partition) {}

    ShareSession(String groupId, String memberId) {
        this.groupId = groupId;
        this.memberId = memberId;
    }

    String groupId() {
        return groupId;
    }

    String memberId() {
        return memberId;
    }

    /** Makes the session the caller's until {@link #release}; false if another request has it. */
    boolean claim() {
        return claimed.compareAndSet(false, true);
    }

    void release() {
        claimed.set(false);
    }

    /** Whether the request is the one that is due; if so the next is. */
    boolean advance(int epoch) {
        if (epoch != nextEpoch) {
            return false;
        }
        nextEpoch = nextEpoch == Integer.MAX_VALUE ? 1 : nextEpoch + 1;
        return true;
    }

    void add(Target target) {
        targets.add(target);
    }

    void remove(Target target) {
        targets.remove(target);
    }

    Set<Target> targets() {
        return targets;
    }

    /** All partitions, each time beginning with another, so that none starves. */
    List<Target> inTurn() {
        List<Target> all = new ArrayList<>(targets);
        if (!all.isEmpty()) {
            java.util.Collections.rotate(all, -(firstServed++ % all.size()));
        }
        return all;
    }

    ShareKey keyOf(Target target) {
        return new ShareKey(groupId, target.topicId, target.partition);
    }
}
