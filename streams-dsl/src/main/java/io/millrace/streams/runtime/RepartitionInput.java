package io.millrace.streams.runtime;

import io.millrace.streams.processor.TaskId;
import io.millrace.streams.task.RawRecord;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One partition of a repartition topic as its reader sees it: records of an upstream task are held
 * until that task's mark says that their commit is done, and dropped when it turns out void. So a
 * crash upstream, which makes it write records again, perhaps others and in another order, is not
 * seen downstream. Owned by the task's thread.
 *
 * <p>Bound: what upstream writes between two of its commits.
 */
final class RepartitionInput {
    private final Consumer<RawRecord> released;
    private final Map<TaskId, Upstream> upstreams = new HashMap<>();
    private final ArrayDeque<Released> unprocessed = new ArrayDeque<>();
    private long nextUnseen;

    /**
     * @param released takes records, in the order in which they count
     */
    RepartitionInput(Consumer<RawRecord> released) {
        this.released = released;
    }

    /** Takes up where a commit left off. */
    void resume(CommitRecord.Input input) {
        nextUnseen = input.nextOffset();
        input.processed().forEach((task, offset) -> upstream(task).processedOffset = offset);
    }

    /** Where reading begins; nothing has been seen yet. */
    void startAt(long offset) {
        nextUnseen = offset;
    }

    void add(RawRecord record, @Nullable Stamp stamp) {
        nextUnseen = record.offset() + 1;
        if (stamp == null) {
            // Written at least once only: counts as it comes.
            release(null, record);
            return;
        }
        Upstream upstream = upstream(stamp.task());
        if (record.offset() > upstream.processedOffset) {
            upstream.held.add(new Held(record, stamp));
        }
    }

    /**
     * The commit of the mark is done. Anything else that owners up to the sender have written so
     * far is void; records of later owners (this mark was overtaken) go on waiting.
     */
    void mark(long offset, Mark mark) {
        nextUnseen = offset + 1;
        Stamp commit = mark.commit();
        Upstream upstream = upstream(commit.task());
        for (int count = upstream.held.size(); count > 0; count--) {
            Held held = upstream.held.remove();
            if (held.stamp.equals(commit)) {
                release(upstream, held.record);
            } else if (held.stamp.fence() > mark.sender()
                    || held.stamp.fence() == mark.sender() && held.stamp.epoch() > commit.epoch()) {
                upstream.held.add(held);
            }
        }
    }

    private void release(@Nullable Upstream upstream, RawRecord record) {
        unprocessed.add(new Released(upstream, record.offset()));
        released.accept(record);
    }

    /** Only this many of the released records are not processed yet. */
    void stillWaiting(int count) {
        while (unprocessed.size() > count) {
            Released done = unprocessed.poll();
            if (done != null && done.upstream != null) {
                done.upstream.processedOffset = done.offset;
            }
        }
    }

    /** What a commit must remember. */
    CommitRecord.Input position(long partitionTimeMs) {
        long next = nextUnseen;
        for (Released waiting : unprocessed) {
            next = Math.min(next, waiting.offset);
        }
        for (Upstream upstream : upstreams.values()) {
            Held first = upstream.held.peek();
            if (first != null) {
                next = Math.min(next, first.record.offset());
            }
        }
        Map<TaskId, Long> processed = new HashMap<>();
        for (Map.Entry<TaskId, Upstream> entry : upstreams.entrySet()) {
            if (entry.getValue().processedOffset >= next) {
                processed.put(entry.getKey(), entry.getValue().processedOffset);
            }
        }
        return new CommitRecord.Input(next, partitionTimeMs, processed);
    }

    private Upstream upstream(TaskId task) {
        return upstreams.computeIfAbsent(task, id -> new Upstream());
    }

    /** Records of one upstream task that do not count yet, by offset. */
    private static final class Upstream {
        private final ArrayDeque<Held> held = new ArrayDeque<>();
        private long processedOffset = -1;
    }

    private record Held(RawRecord record, Stamp stamp) {}

    private record Released(@Nullable Upstream upstream, long offset) {}
}
