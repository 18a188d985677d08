package io.millrace.broker.log;

import java.util.List;
import java.util.Locale;

/** Names of the files of a partition: the first offset in 20 digits, then what it is. */
final class LogFileNames {
    static final String LOG = ".log";
    static final String INDEX = ".index";
    static final String TIME_INDEX = ".timeindex";
    static final String TRANSACTION_INDEX = ".txnindex";

    /** Removed, but kept a while for reads in flight. */
    static final String DELETED = ".deleted";

    /** Being written by compaction; worth nothing after a crash. */
    static final String CLEANED = ".cleaned";

    /** Whole, and about to take the place of the segments it was made of. */
    static final String SWAP = ".swap";

    /** Of one segment; the records last. */
    static final List<String> KINDS = List.of(INDEX, TIME_INDEX, TRANSACTION_INDEX, LOG);

    private static final int OFFSET_DIGITS = 20;

    private LogFileNames() {}

    static String of(long baseOffset, String suffix) {
        return String.format(Locale.ROOT, "%020d", baseOffset) + suffix;
    }

    static String snapshot(long offset) {
        return of(offset, ProducerSnapshotFile.SUFFIX);
    }

    /** The offset in the name, or -1 if it is not one with this suffix. */
    static long offsetIn(String name, String suffix) {
        boolean fits = name.length() == OFFSET_DIGITS + suffix.length() && name.endsWith(suffix);
        if (!fits || !name.chars().limit(OFFSET_DIGITS).allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        try {
            return Long.parseLong(name.substring(0, OFFSET_DIGITS));
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
