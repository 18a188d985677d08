package io.millrace.broker.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The file system below one log directory: the seam through which everything of {@code broker.log}
 * touches the disk, so that tests can tear, lose, flip and refuse bytes. Safe from any thread.
 */
public interface LogDir {

    /** One entry of a directory. */
    record Entry(String name, long size, long modifiedMs, boolean directory) {}

    Path root();

    /**
     * Opens for reading and writing.
     *
     * @param create whether a missing file is created; otherwise it is a failure
     */
    LogFile open(Path file, boolean create) throws IOException;

    /** Entries in order of name; empty if the directory does not exist. */
    List<Entry> list(Path directory) throws IOException;

    void createDirectories(Path directory) throws IOException;

    /** Atomic; replaces the target. */
    void rename(Path from, Path to) throws IOException;

    /** Removes a file or an empty directory; a missing one is fine. */
    void delete(Path path) throws IOException;

    /** Whole content of a small file, or null if it does not exist. */
    byte @Nullable [] readWhole(Path file) throws IOException;

    /**
     * Replaces a small file so that readers and crashes see the old or the new content.
     *
     * @param forced whether the new content must survive a power loss when this returns
     */
    void writeWhole(Path file, byte[] content, boolean forced) throws IOException;

    /** Makes created, renamed and removed names of a directory survive a power loss. */
    void forceDirectory(Path directory) throws IOException;

    /** Room left on the device. */
    long usableBytes() throws IOException;

    /** Size of the device; where it cannot be told, what is left of it. */
    default long totalBytes() throws IOException {
        return usableBytes();
    }
}
