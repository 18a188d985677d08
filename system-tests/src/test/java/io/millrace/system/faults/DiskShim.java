package io.millrace.system.faults;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Makes the writes of one server fail or its syncs slow: a library ({@code diskshim.c}) that is
 * preloaded and looks at a page shared with this process. Needs a C compiler.
 */
final class DiskShim {
    private static final int PAGE = 4_096;
    private static final int FAIL_SYNC = 0;
    private static final int FAIL_WRITE = 4;
    private static final int SLOW_SYNC_MS = 8;

    private final Path library;
    private final Path orders;
    private final Path directory;

    private DiskShim(Path library, Path orders, Path directory) {
        this.library = library;
        this.orders = orders;
        this.directory = directory;
    }

    /** Compiles it; empty where there is no compiler. */
    static Optional<Path> compile(Path into) {
        Path source = into.resolve("diskshim.c");
        Path library = into.resolve("diskshim.so");
        try (InputStream in = DiskShim.class.getResourceAsStream("diskshim.c")) {
            Files.write(source, in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Shell.works("cc -shared -fPIC -O2 -o " + library + " " + source + " -ldl")
                ? Optional.of(library)
                : Optional.empty();
    }

    /** For a server whose data lie in the directory. */
    static DiskShim of(Path library, Path orders, Path directory) {
        try {
            Files.write(orders, new byte[PAGE]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new DiskShim(library, orders, directory);
    }

    /** Environment that the server must be started with. */
    Map<String, String> environment() {
        return Map.of(
                "LD_PRELOAD", library.toString(),
                "DISK_SHIM_ORDERS", orders.toString(),
                "DISK_SHIM_DIRECTORY", directory.toString());
    }

    void failSyncs() {
        order(FAIL_SYNC, 1);
    }

    void failWrites() {
        order(FAIL_WRITE, 1);
    }

    void slowSyncs(int millis) {
        order(SLOW_SYNC_MS, millis);
    }

    void heal() {
        order(FAIL_SYNC, 0);
        order(FAIL_WRITE, 0);
        order(SLOW_SYNC_MS, 0);
    }

    private void order(int at, int value) {
        try (RandomAccessFile file = new RandomAccessFile(orders.toFile(), "rw")) {
            file.seek(at);
            byte[] bytes =
                    ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array();
            file.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
