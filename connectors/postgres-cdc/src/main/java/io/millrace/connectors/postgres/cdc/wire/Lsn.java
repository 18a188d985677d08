package io.millrace.connectors.postgres.cdc.wire;

/** Write-ahead log positions: 64-bit unsigned byte addresses, printed as two hex halves. */
public final class Lsn {
    public static final long NONE = 0;

    private Lsn() {}

    public static String format(long lsn) {
        return Long.toHexString(lsn >>> 32).toUpperCase(java.util.Locale.ROOT)
                + "/"
                + Long.toHexString(lsn & 0xffffffffL).toUpperCase(java.util.Locale.ROOT);
    }

    public static long parse(String text) {
        int slash = text.indexOf('/');
        if (slash <= 0) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not a log position such as 0/16B3748");
        }
        return Long.parseLong(text.substring(0, slash), 16) << 32
                | Long.parseLong(text.substring(slash + 1), 16);
    }
}
