package io.millrace.broker;

import java.io.IOException;

/** A data directory that is not this broker's, or is somebody's already: a mistake, not a fault. */
final class WrongDirectoryException extends IOException {
    private static final long serialVersionUID = 1L;

    WrongDirectoryException(String message) {
        super(message);
    }
}
