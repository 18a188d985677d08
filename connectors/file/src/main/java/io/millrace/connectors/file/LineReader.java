package io.millrace.connectors.file;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;

/**
 * Follows a growing text file. Positions are bytes from the start of the file. A line counts once
 * its newline is there, so a half-written one is left for later. When another file takes the path
 * (rotation) the old one is read to its end first, then the new one from its start; a file that is
 * shorter than the position (truncation) is read from its start. Owned by one thread.
 */
final class LineReader implements Closeable {
    /** A line without its newline, and the position after it. */
    record Line(String text, long endPosition, String fileKey) {}

    private static final int BUFFER_BYTES = 64 * 1024;

    private final Path path;
    private final int maxLineBytes;
    private @Nullable FileChannel channel;
    private @Nullable String fileKey;

    /** Bytes read but not yet given out; they start at {@code position}. */
    private ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).flip();

    private long position;

    /**
     * @param startFileKey the file that {@code startPosition} belongs to, null if not known
     */
    LineReader(Path path, int maxLineBytes, long startPosition, @Nullable String startFileKey) {
        this.path = path;
        this.maxLineBytes = maxLineBytes;
        this.position = startPosition;
        this.fileKey = startFileKey;
    }

    /** Up to {@code max} complete lines; an empty list when there is none now. */
    List<Line> read(int max) throws IOException {
        List<Line> lines = new ArrayList<>();
        while (lines.size() < max) {
            FileChannel current = channel == null ? open() : channel;
            if (current == null) {
                break;
            }
            if (takeLine(lines)) {
                continue;
            }
            if (!fill(current) && !switchFile(current)) {
                break;
            }
        }
        return lines;
    }

    private @Nullable FileChannel open() throws IOException {
        String key;
        try {
            key = key(path);
        } catch (NoSuchFileException e) {
            return null; // not there yet
        }
        if (fileKey != null && !fileKey.equals(key)) {
            position = 0; // rotated while we were away
        }
        FileChannel opened = FileChannel.open(path, StandardOpenOption.READ);
        if (opened.size() < position) {
            position = 0;
        }
        channel = opened;
        fileKey = key;
        buffer.clear().flip();
        return opened;
    }

    private boolean takeLine(List<Line> lines) {
        for (int i = buffer.position(); i < buffer.limit(); i++) {
            if (buffer.get(i) == '\n') {
                int start = buffer.position();
                int end = i > start && buffer.get(i - 1) == '\r' ? i - 1 : i;
                String text =
                        new String(buffer.array(), start, end - start, StandardCharsets.UTF_8);
                position += i + 1 - start;
                buffer.position(i + 1);
                lines.add(new Line(text, position, Objects.requireNonNull(fileKey)));
                return true;
            }
        }
        return false;
    }

    /** Reads on behind what the buffer holds; false at the end of the file. */
    private boolean fill(FileChannel current) throws IOException {
        int held = buffer.remaining();
        if (held >= maxLineBytes) {
            throw new ConnectException(
                    path
                            + ": the line at byte "
                            + position
                            + " is longer than max.line.bytes="
                            + maxLineBytes
                            + "; raise it or repair the file");
        }
        if (held == buffer.capacity()) {
            buffer = ByteBuffer.allocate(buffer.capacity() * 2).put(buffer).flip();
        }
        buffer.compact();
        int count = current.read(buffer, position + held);
        buffer.flip();
        return count > 0;
    }

    /** At the end of the file: whether there is another one, or this one was cut short. */
    private boolean switchFile(FileChannel current) throws IOException {
        String key;
        try {
            key = key(path);
        } catch (NoSuchFileException e) {
            return false; // between rename and creation
        }
        boolean replaced = !key.equals(fileKey);
        if (!replaced && current.size() >= position) {
            return false;
        }
        close();
        position = 0;
        return true;
    }

    private static String key(Path path) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        Object key = attributes.fileKey();
        return key == null ? attributes.creationTime().toString() : key.toString();
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
            channel = null;
        }
    }
}
