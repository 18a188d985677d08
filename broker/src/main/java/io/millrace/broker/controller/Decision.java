package io.millrace.broker.controller;

import io.millrace.metadata.record.MetadataRecord;
import java.util.List;

/**
 * What the controller makes of one request: the records that enter the log, and what is answered
 * once they are in it. Pure data; nothing has happened yet.
 *
 * @param together whether the records take effect at once. Otherwise they may be written in parts,
 *     each of which takes effect when it is there; a prefix is then a state the cluster can be in,
 *     and {@link Leadership#repair} goes on from it
 */
public record Decision<T>(List<MetadataRecord> records, T answer, boolean together) {
    public Decision {
        records = List.copyOf(records);
    }

    /** Records that take effect at once. */
    public Decision(List<MetadataRecord> records, T answer) {
        this(records, answer, true);
    }

    /** Records of which each prefix may stand. */
    static <T> Decision<T> inParts(List<MetadataRecord> records, T answer) {
        return new Decision<>(records, answer, false);
    }

    /** Nothing changes. */
    static <T> Decision<T> unchanged(T answer) {
        return new Decision<>(List.of(), answer);
    }
}
