package io.millrace.metadata.record;

import java.util.HexFormat;

/**
 * What a broker keeps to check a password it does not know (RFC 5802). All texts are hexadecimal,
 * so that two equal credentials are equal; {@link #toString} hides them.
 */
public record ScramCredential(int iterations, String salt, String storedKey, String serverKey) {

    public static ScramCredential of(
            int iterations, byte[] salt, byte[] storedKey, byte[] serverKey) {
        HexFormat hex = HexFormat.of();
        return new ScramCredential(
                iterations,
                hex.formatHex(salt),
                hex.formatHex(storedKey),
                hex.formatHex(serverKey));
    }

    @Override
    public String toString() {
        return "SCRAM credential of " + iterations + " iterations";
    }
}
