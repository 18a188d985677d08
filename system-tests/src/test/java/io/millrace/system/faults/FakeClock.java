package io.millrace.system.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Sets the wall clock of one server forward or back while it runs, with libfaketime; monotonic time
 * stays true. Needs Debian's package {@code libfaketime}.
 */
final class FakeClock {
    private static final Path LIBRARY =
            Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1");

    private final Path offset;

    FakeClock(Path offset) {
        this.offset = offset;
        jump(0);
    }

    static boolean isPossible() {
        return Files.exists(LIBRARY);
    }

    Map<String, String> environment() {
        return Map.of(
                "LD_PRELOAD", LIBRARY.toString(),
                "FAKETIME_TIMESTAMP_FILE", offset.toString(),
                "FAKETIME_CACHE_DURATION", "1",
                "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                "DONT_FAKE_MONOTONIC", "1");
    }

    /** To so many seconds from the true time. */
    void jump(long seconds) {
        try {
            Files.writeString(offset, String.format("%+d%n", seconds));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
