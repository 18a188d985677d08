package io.millrace.broker.log;

/**
 * What the log has to know of a batch beyond its bytes.
 *
 * @param verified only of interest for transactional batches
 * @param transactionVersion only of interest for markers, see {@link TransactionMarker}
 */
public record AppendTerms(AppendOrigin origin, Verified verified, short transactionVersion) {
    private static final AppendTerms CLIENT =
            new AppendTerms(AppendOrigin.CLIENT, Verified.NO, (short) 0);

    /** Without verification: a client's transaction is open here, the others are trusted. */
    public static AppendTerms of(AppendOrigin origin) {
        return origin == AppendOrigin.CLIENT
                ? CLIENT
                : new AppendTerms(origin, Verified.IN_TRANSACTION, (short) 0);
    }

    /** For the marker of a transaction. */
    public static AppendTerms ofMarker(TransactionMarker marker) {
        return new AppendTerms(AppendOrigin.COORDINATOR, Verified.NO, marker.transactionVersion());
    }

    public AppendTerms with(Verified answer) {
        return new AppendTerms(origin, answer, transactionVersion);
    }
}
