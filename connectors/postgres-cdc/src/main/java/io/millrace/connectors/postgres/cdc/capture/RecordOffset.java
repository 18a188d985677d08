package io.millrace.connectors.postgres.cdc.capture;

import java.util.AbstractMap;
import java.util.Map;
import java.util.Set;

/**
 * A record's source offset that also knows the record's place in the order of emission. Transforms
 * hand the offset on by reference, so an acknowledged record is recognised whatever it was turned
 * into. The map itself is built only when the worker looks into it. Immutable.
 */
public final class RecordOffset extends AbstractMap<String, Object> {
    private final long sequence;
    private final Progress progress;
    private final String systemId;

    RecordOffset(long sequence, Progress progress, String systemId) {
        this.sequence = sequence;
        this.progress = progress;
        this.systemId = systemId;
    }

    public long sequence() {
        return sequence;
    }

    @Override
    public Set<Map.Entry<String, Object>> entrySet() {
        return progress.toOffset(systemId).entrySet();
    }
}
