package io.millrace.broker.partition;

import io.millrace.broker.log.AbortedTransaction;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the batches of one answer as a client does that wants committed records only. */
final class CommittedView {
    private static final int ABORT = 0;

    private final ArrayDeque<AbortedTransaction> upcoming;
    private final Set<Long> aborting = new HashSet<>();

    CommittedView(List<AbortedTransaction> aborted) {
        this.upcoming = new ArrayDeque<>(aborted);
    }

    void read(LogContent.Batch batch, Map<String, String> table) {
        while (!upcoming.isEmpty() && upcoming.peek().firstOffset() <= batch.lastOffset()) {
            aborting.add(upcoming.remove().producerId());
        }
        if (batch.control()) {
            if (!batch.entries().isEmpty() && isAbort(batch.entries().get(0))) {
                aborting.remove(batch.producerId());
            }
            return;
        }
        if (batch.transactional() && aborting.contains(batch.producerId())) {
            return;
        }
        for (LogContent.Entry entry : batch.entries()) {
            String value = entry.value();
            if (value == null) {
                table.remove(entry.key());
            } else {
                table.put(entry.key(), value);
            }
        }
    }

    private static boolean isAbort(LogContent.Entry marker) {
        return marker.key().charAt(marker.key().length() - 1) == ABORT;
    }
}
