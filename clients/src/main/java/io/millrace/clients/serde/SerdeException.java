package io.millrace.clients.serde;

import org.jspecify.annotations.Nullable;

/** Bytes that are not what a deserializer expects, or a value that a serializer cannot write. */
public final class SerdeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SerdeException(String message) {
        super(message);
    }

    public SerdeException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
