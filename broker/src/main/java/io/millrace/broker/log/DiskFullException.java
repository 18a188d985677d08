package io.millrace.broker.log;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * No room on the device. Writes are refused until there is; everything written before is intact.
 */
public final class DiskFullException extends IOException {
    private static final long serialVersionUID = 1L;

    public DiskFullException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
