package io.millrace.protocol.record;

import io.netty.buffer.ByteBuf;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * The batches that lie one after the other between a buffer's reader and writer index. A fetch may
 * cut the last one; what is not whole is not returned. The buffer's indexes do not move.
 */
public final class RecordBatches implements Iterable<RecordBatchView> {
    private final ByteBuf buffer;

    public RecordBatches(ByteBuf buffer) {
        this.buffer = buffer;
    }

    /** Bytes that belong to whole batches. */
    public int wholeBytes() {
        int at = buffer.readerIndex();
        for (RecordBatchView batch : this) {
            at = batch.start() + batch.sizeInBytes();
        }
        return at - buffer.readerIndex();
    }

    /**
     * @return an iterator whose {@code hasNext} throws {@link CorruptBatchException} at a length
     *     that no batch can have
     */
    @Override
    public Iterator<RecordBatchView> iterator() {
        return new Iterator<>() {
            private int at = buffer.readerIndex();

            @Override
            public boolean hasNext() {
                long size = RecordBatchView.sizeAt(buffer, at);
                if (size >= 0 && size < RecordBatchHeader.HEADER_BYTES) {
                    throw new CorruptBatchException(
                            "batch at byte "
                                    + at
                                    + " has a size of "
                                    + size
                                    + " bytes; a header alone takes "
                                    + RecordBatchHeader.HEADER_BYTES);
                }
                return size >= 0 && size <= buffer.writerIndex() - at;
            }

            @Override
            public RecordBatchView next() {
                if (!hasNext()) {
                    throw new NoSuchElementException("no whole batch at byte " + at);
                }
                RecordBatchView batch = RecordBatchView.at(buffer, at);
                at += batch.sizeInBytes();
                return batch;
            }
        };
    }
}
