package io.millrace.protocol.message;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.UUID;

/** Ids as Kafka's tools show them: 22 characters of URL-safe base 64. */
public final class UuidText {
    private static final int ID_BYTES = 16;

    private UuidText() {}

    public static String of(UUID id) {
        byte[] bytes =
                ByteBuffer.allocate(ID_BYTES)
                        .putLong(id.getMostSignificantBits())
                        .putLong(id.getLeastSignificantBits())
                        .array();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /**
     * @throws IllegalArgumentException if the text is not such an id
     */
    public static UUID parse(String text) {
        byte[] bytes = Base64.getUrlDecoder().decode(text);
        if (bytes.length != ID_BYTES) {
            throw new IllegalArgumentException(
                    text + " has " + bytes.length + " bytes; an id has " + ID_BYTES);
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new UUID(buffer.getLong(), buffer.getLong());
    }
}
