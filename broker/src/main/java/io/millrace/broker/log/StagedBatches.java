package io.millrace.broker.log;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Batches that have their offsets and go to the end of a segment with the next write. Owned by the
 * partition's owner; the bytes are the callers' and stay as they are until then.
 */
final class StagedBatches {
    private final List<Staged> batches = new ArrayList<>();
    private long endOffset;
    private long bytes;

    private record Staged(ByteBuf bytes, int size, long lastOffset, long maxTimestamp) {}

    StagedBatches(long endOffset) {
        this.endOffset = endOffset;
    }

    boolean isEmpty() {
        return batches.isEmpty();
    }

    /** Where the log ends with these batches. */
    long endOffset() {
        return endOffset;
    }

    long sizeInBytes() {
        return bytes;
    }

    void add(ByteBuf batch, int size, long lastOffset, long maxTimestamp) {
        batches.add(new Staged(batch, size, lastOffset, maxTimestamp));
        endOffset = lastOffset + 1;
        bytes += size;
    }

    /** Writes all at the end of the segment with one gathering write; the segment knows nothing. */
    void writeTo(LogSegment segment) throws IOException {
        try (OpenFile open = segment.file().acquire()) {
            open.file().write(gather(), segment.sizeInBytes());
        }
    }

    /** The segment has them. */
    void noteIn(LogSegment segment, int indexIntervalBytes) {
        for (Staged batch : batches) {
            segment.appended(batch.size, batch.lastOffset, batch.maxTimestamp, indexIntervalBytes);
        }
    }

    void clear(long logEndOffset) {
        batches.clear();
        bytes = 0;
        endOffset = logEndOffset;
    }

    private ByteBuffer[] gather() {
        if (batches.size() == 1 && batches.get(0).bytes.nioBufferCount() == 1) {
            return new ByteBuffer[] {batches.get(0).bytes.nioBuffer()};
        }
        List<ByteBuffer> parts = new ArrayList<>(batches.size());
        for (Staged batch : batches) {
            if (batch.bytes.nioBufferCount() == 1) {
                parts.add(batch.bytes.nioBuffer());
            } else {
                parts.addAll(List.of(batch.bytes.nioBuffers()));
            }
        }
        return parts.toArray(new ByteBuffer[0]);
    }
}
