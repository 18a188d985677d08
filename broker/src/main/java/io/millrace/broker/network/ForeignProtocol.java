package io.millrace.broker.network;

import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Guesses from the first four bytes what a client that does not speak our protocol speaks. */
final class ForeignProtocol {
    private static final Set<String> HTTP_STARTS =
            Set.of("GET ", "HEAD", "POST", "PUT ", "DELE", "OPTI", "PATC", "CONN", "TRAC", "PRI ");
    private static final int TLS_HANDSHAKE = 0x16;
    private static final int TLS_MAJOR_VERSION = 3;

    private ForeignProtocol() {}

    /** A hint to append to an error, or the empty text. */
    static String guess(int firstFourBytes) {
        byte[] bytes = {
            (byte) (firstFourBytes >>> 24),
            (byte) (firstFourBytes >>> 16),
            (byte) (firstFourBytes >>> 8),
            (byte) firstFourBytes
        };
        if (HTTP_STARTS.contains(new String(bytes, StandardCharsets.ISO_8859_1))) {
            return "; the bytes look like HTTP: this port speaks the Kafka protocol";
        }
        if (bytes[0] == TLS_HANDSHAKE && bytes[1] == TLS_MAJOR_VERSION) {
            return "; the bytes look like a TLS handshake: this listener is PLAINTEXT, set"
                    + " security.protocol=PLAINTEXT in the client";
        }
        return "";
    }
}
