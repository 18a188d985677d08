package io.millrace.metadata.image;

import io.millrace.metadata.record.CorruptMetadataException;
import io.millrace.metadata.record.LogPosition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot on this broker's disk, so that a restart reads only the log's tail. Layout,
 * big-endian: {@code [int CRC32C of the rest][byte format][int epoch][long offset][int last crc]
 * [int chunks]} then each chunk as {@code [int length][bytes]}. Written beside, forced to the
 * device, then renamed: a reader finds the old file or the new one.
 */
public final class SnapshotFile {
    private static final byte FORMAT = 1;
    private static final int HEADER_BYTES = 25;

    /** Name of the file in a broker's directory. */
    public static final String NAME = "metadata.snapshot";

    private final String name;
    private final Place place;

    /** Where the bytes are kept. */
    public interface Place {

        /** What was written last, or null. */
        byte @Nullable [] read() throws IOException;

        /** Replaces the file so that readers and crashes see the old or the new content. */
        void write(byte[] content) throws IOException;
    }

    /** The file {@code metadata.snapshot} in the directory. */
    public SnapshotFile(Path directory) {
        this(directory.resolve(NAME).toString(), new OnDisk(directory.resolve(NAME)));
    }

    /** A file that somebody else keeps. */
    public SnapshotFile(String name, Place place) {
        this.name = name;
        this.place = place;
    }

    public void write(MetadataSnapshot snapshot) throws IOException {
        int size = HEADER_BYTES;
        for (byte[] chunk : snapshot.chunks()) {
            size = Math.addExact(size, Integer.BYTES + chunk.length);
        }
        ByteBuffer out = ByteBuffer.allocate(size);
        LogPosition position = snapshot.position();
        out.putInt(0).put(FORMAT);
        out.putInt(position.epoch()).putLong(position.lastOffset()).putInt(position.lastCrc());
        out.putInt(snapshot.chunks().size());
        for (byte[] chunk : snapshot.chunks()) {
            out.putInt(chunk.length).put(chunk);
        }
        out.putInt(0, crcOf(out.array()));
        place.write(out.array());
    }

    /**
     * The snapshot, or empty if there is none.
     *
     * @throws CorruptMetadataException if the file is damaged; deleting it is safe, the log or the
     *     cluster's own snapshot stand in
     */
    public Optional<MetadataSnapshot> read() throws IOException {
        byte[] bytes = place.read();
        if (bytes == null) {
            return Optional.empty();
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        if (bytes.length < HEADER_BYTES || in.getInt() != crcOf(bytes)) {
            throw damaged("fails its CRC");
        }
        byte format = in.get();
        if (format != FORMAT) {
            throw damaged("has format " + format + ", this broker knows " + FORMAT);
        }
        LogPosition position;
        try {
            position = new LogPosition(in.getInt(), in.getLong(), in.getInt());
        } catch (IllegalArgumentException e) {
            throw damaged("says: " + e.getMessage());
        }
        int count = in.getInt();
        List<byte[]> chunks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int length = in.remaining() < Integer.BYTES ? -1 : in.getInt();
            if (length < 0 || length > in.remaining()) {
                throw damaged("ends within chunk " + i);
            }
            byte[] chunk = new byte[length];
            in.get(chunk);
            chunks.add(chunk);
        }
        return Optional.of(new MetadataSnapshot(position, chunks));
    }

    private CorruptMetadataException damaged(String how) {
        return new CorruptMetadataException(name + " " + how + "; delete it, it is only a copy");
    }

    private static int crcOf(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, Integer.BYTES, bytes.length - Integer.BYTES);
        return (int) crc.getValue();
    }

    /** The disk adapter. */
    private record OnDisk(Path path) implements Place {
        private static final long MAX_BYTES = Integer.MAX_VALUE - 8L;

        @Override
        public byte @Nullable [] read() throws IOException {
            if (!Files.exists(path)) {
                return null;
            }
            if (Files.size(path) > MAX_BYTES) {
                throw new CorruptMetadataException(
                        path + " is larger than " + MAX_BYTES + " bytes; delete it");
            }
            return Files.readAllBytes(path);
        }

        @Override
        public void write(byte[] content) throws IOException {
            ByteBuffer out = ByteBuffer.wrap(content);
            Path fresh = path.resolveSibling(path.getFileName() + ".new");
            try (FileChannel channel =
                    FileChannel.open(
                            fresh,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE,
                            StandardOpenOption.TRUNCATE_EXISTING)) {
                while (out.hasRemaining()) {
                    channel.write(out);
                }
                channel.force(true);
            }
            Files.move(
                    fresh,
                    path,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
