package io.millrace.streams.runtime;

import java.util.ArrayList;
import java.util.List;

/**
 * Which epochs each owner of a task has committed. A row counts if its owner committed its epoch.
 * Immutable. Owners further back than {@link #MAX_SPANS} are forgotten; rows of theirs that never
 * counted have been rewritten long before.
 */
record Lineage(List<Span> spans) {
    static final Lineage NONE = new Lineage(List.of());
    private static final int MAX_SPANS = 1000;

    /** Epochs {@code first <= epoch <= last} were committed under this fence. */
    record Span(int fence, long first, long last) {}

    Lineage {
        spans = List.copyOf(spans);
    }

    boolean counts(int fence, long epoch) {
        for (int i = spans.size() - 1; i >= 0; i--) {
            Span span = spans.get(i);
            if (span.fence() == fence) {
                return epoch >= span.first() && epoch <= span.last();
            }
        }
        return false;
    }

    /** With one more epoch committed. */
    Lineage with(int fence, long epoch) {
        List<Span> longer = new ArrayList<>(spans);
        int last = longer.size() - 1;
        if (last >= 0 && longer.get(last).fence() == fence) {
            longer.set(last, new Span(fence, longer.get(last).first(), epoch));
        } else {
            longer.add(new Span(fence, epoch, epoch));
        }
        if (longer.size() > MAX_SPANS) {
            longer.remove(0);
        }
        return new Lineage(longer);
    }

    /** The last committed epoch, 0 if none was. */
    long lastEpoch() {
        return spans.isEmpty() ? 0 : spans.get(spans.size() - 1).last();
    }
}
