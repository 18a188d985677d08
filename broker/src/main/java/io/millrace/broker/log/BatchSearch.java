package io.millrace.broker.log;

import io.millrace.protocol.record.RecordBatchHeader;
import io.millrace.protocol.record.RecordBatchView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;

/**
 * Finds the next whole batch behind bytes that are none. For damaged files only: tries each byte.
 */
final class BatchSearch {
    private static final int WINDOW_BYTES = 64 * 1024;

    private BatchSearch() {}

    /**
     * Where the next batch begins whose CRC is right and whose offsets follow, or -1.
     *
     * @param from first byte tried
     * @param nextOffset the batch begins here or later
     */
    static long next(LogFile file, long from, long end, long nextOffset) throws IOException {
        ByteBuf window = PooledByteBufAllocator.DEFAULT.directBuffer(WINDOW_BYTES);
        try {
            long at = from;
            while (end - at >= RecordBatchHeader.HEADER_BYTES) {
                int bytes = (int) Math.min(WINDOW_BYTES, end - at);
                window.setIndex(0, 0);
                window.setIndex(0, file.read(window.nioBuffer(0, bytes), at));
                int last = window.writerIndex() - RecordBatchHeader.HEADER_BYTES;
                for (int i = 0; i <= last; i++) {
                    if (mayBegin(window, i, end - at - i, nextOffset)
                            && isBatch(file, at + i, sizeAt(window, i))) {
                        return at + i;
                    }
                }
                at += Math.max(1, last + 1);
            }
            return -1;
        } finally {
            window.release();
        }
    }

    private static boolean mayBegin(ByteBuf window, int index, long left, long nextOffset) {
        long size = sizeAt(window, index);
        long base = window.getLong(index + RecordBatchHeader.BASE_OFFSET);
        return window.getByte(index + RecordBatchHeader.MAGIC) == RecordBatchHeader.CURRENT_MAGIC
                && size >= RecordBatchHeader.HEADER_BYTES
                && size <= left
                && base >= nextOffset
                && base - nextOffset < Integer.MAX_VALUE;
    }

    private static long sizeAt(ByteBuf window, int index) {
        return (long) window.getInt(index + RecordBatchHeader.LENGTH)
                + RecordBatchHeader.LENGTH_OVERHEAD;
    }

    private static boolean isBatch(LogFile file, long position, long size) throws IOException {
        ByteBuf batch = PooledByteBufAllocator.DEFAULT.directBuffer((int) size);
        try {
            return file.read(batch.nioBuffer(0, (int) size), position) == size
                    && RecordBatchView.at(batch.setIndex(0, (int) size), 0).isCrcValid();
        } finally {
            batch.release();
        }
    }
}
