package io.millrace.broker.log;

import java.nio.file.Path;

/**
 * Bytes of a log that are not those that were written, below what was known to be safe. What is
 * before them can be trusted; from them on nothing of this copy is served, and nobody else is made
 * to follow it.
 *
 * @param offset the first that cannot be trusted
 * @param position where in the file the damage begins, or is first noticed
 */
public record LogDamage(long offset, Path file, long position, String why) {

    /** For operators: file, offset and byte. */
    @Override
    public String toString() {
        return "damaged from offset "
                + offset
                + " on, in "
                + file
                + " at byte "
                + position
                + ": "
                + why;
    }
}
