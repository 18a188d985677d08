package io.millrace.broker.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A segment that compaction writes to take the place of others. While it is written its files end
 * in {@code .cleaned}; {@link #finish()} puts them on the device and names them {@code .swap},
 * which a start after a crash completes ({@link InterruptedSwaps}). Used by one thread.
 */
public final class CleanedSegment implements AutoCloseable {
    private static final int WRITE_BYTES = 1024 * 1024;

    private final List<LogSegment> sources;
    private final LogSegment segment;
    private final int indexIntervalBytes;
    private final ByteBuf gathered = PooledByteBufAllocator.DEFAULT.directBuffer(WRITE_BYTES);
    private long written;

    private CleanedSegment(List<LogSegment> sources, int indexIntervalBytes) throws IOException {
        this.sources = List.copyOf(sources);
        this.indexIntervalBytes = indexIntervalBytes;
        this.segment = sources.get(0).successor();
        // What an earlier try left would otherwise stay behind the end of a shorter file.
        segment.dir().delete(segment.path(LogFileNames.LOG));
        segment.file().acquire().release();
    }

    /** An empty segment that begins where the first of its sources does. */
    public static CleanedSegment begin(List<LogSegment> sources, int indexIntervalBytes)
            throws IOException {
        return new CleanedSegment(sources, indexIntervalBytes);
    }

    /** The segments that it was made of. */
    List<LogSegment> sources() {
        return sources;
    }

    LogSegment segment() {
        return segment;
    }

    /**
     * Where the next batch is to be written, to be followed by {@link #appended}; at its writer
     * index.
     */
    public ByteBuf out() {
        return gathered;
    }

    /** Takes note of a batch that was written to {@link #out()}. */
    public void appended(int bytes, long lastOffset, long maxTimestamp) throws IOException {
        segment.appended(bytes, lastOffset, maxTimestamp, indexIntervalBytes);
        if (gathered.readableBytes() >= WRITE_BYTES) {
            write();
        }
    }

    private void write() throws IOException {
        if (!gathered.isReadable()) {
            return;
        }
        ByteBuffer bytes = gathered.nioBuffer();
        int count = bytes.remaining();
        try (OpenFile open = segment.file().acquire()) {
            open.file().write(new ByteBuffer[] {bytes}, written);
        }
        written += count;
        gathered.clear();
    }

    public long sizeInBytes() {
        return segment.sizeInBytes();
    }

    /**
     * Puts everything on the device, ready for the owner of the log to {@linkplain
     * PartitionLog#replace take it}. Waits for the disk.
     */
    public void finish() throws IOException {
        write();
        segment.finishIndexes();
        segment.seal();
        segment.force();
        segment.forceIndexes();
        segment.rename(LogFileNames.SWAP);
        segment.dir().forceDirectory(segment.directory());
        for (LogSegment source : sources) {
            source.holdIndexes();
        }
    }

    /** An aborted transaction whose marker is in this segment. */
    public void aborted(AbortedTransaction transaction) throws IOException {
        segment.transactions().append(transaction);
    }

    /** Removes the files of a segment that did not get into the log. */
    public void discard() throws IOException {
        segment.removeFiles();
    }

    /** Makes the names in the directory of the log survive a power loss. */
    public void forceNames() throws IOException {
        segment.dir().forceDirectory(segment.directory());
    }

    /** Gives buffers back; the files stay. */
    @Override
    public void close() {
        gathered.release();
    }
}
