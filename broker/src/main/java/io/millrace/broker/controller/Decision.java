package io.millrace.broker.controller;

import io.millrace.metadata.record.MetadataRecord;
import java.util.List;

/**
 * What the controller makes of one request: the records that enter the log together, and what is
 * answered once they are in it. Pure data; nothing has happened yet.
 */
record Decision<T>(List<MetadataRecord> records, T answer) {
    Decision {
        records = List.copyOf(records);
    }

    /** Nothing changes. */
    static <T> Decision<T> unchanged(T answer) {
        return new Decision<>(List.of(), answer);
    }
}
