package io.millrace.connectors.postgres.cdc.envelope;

import org.jspecify.annotations.Nullable;

/**
 * Where a change happened: commit time in microseconds since 1970, log position, transaction, and
 * the snapshot marker ("false" for a streamed change).
 */
public record ChangeOrigin(
        long micros,
        long lsn,
        @Nullable Long transactionId,
        String snapshot,
        @Nullable String sequence) {}
