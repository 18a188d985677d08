package io.millrace.clients.producer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jctools.queues.MpmcArrayQueue;

/**
 * The memory that unacknowledged records may take ({@code buffer.memory}): a count of bytes, and a
 * stock of used buffers of the usual batch size. Senders wait here, first come first served, while
 * nothing is left. From any thread.
 */
final class MemoryBudget {
    private static final int MAX_STOCK = 256;

    private final Semaphore bytesLeft;
    private final int totalBytes;
    private final int usualBytes;
    private final MpmcArrayQueue<ByteBuf> stock;

    /**
     * @param totalBytes beyond 2 GiB counts as 2 GiB
     * @param usualBytes size of most buffers
     */
    MemoryBudget(long totalBytes, int usualBytes) {
        this.totalBytes = (int) Math.min(totalBytes, Integer.MAX_VALUE);
        this.usualBytes = usualBytes;
        this.bytesLeft = new Semaphore(this.totalBytes, true);
        long fit = Math.max(2, Math.min(MAX_STOCK, totalBytes / Math.max(1, usualBytes)));
        this.stock = new MpmcArrayQueue<>((int) fit);
    }

    int totalBytes() {
        return totalBytes;
    }

    /** Takes bytes out of the budget if they are there and nobody waits. */
    boolean tryReserve(int bytes) {
        return !bytesLeft.hasQueuedThreads() && bytesLeft.tryAcquire(bytes);
    }

    /** Takes bytes out of the budget, waiting for them; false if time ran out. */
    boolean reserve(int bytes, long timeoutNanos) throws InterruptedException {
        return bytesLeft.tryAcquire(bytes, timeoutNanos, TimeUnit.NANOSECONDS);
    }

    /** Gives back what was reserved but not used. */
    void unreserve(int bytes) {
        bytesLeft.release(bytes);
    }

    /** Whether somebody waits, so that what lingers should go. */
    boolean isExhausted() {
        return bytesLeft.hasQueuedThreads();
    }

    /** A buffer for bytes reserved before. */
    ByteBuf take(int bytes) {
        if (bytes == usualBytes) {
            ByteBuf used = stock.relaxedPoll();
            if (used != null) {
                return used.clear();
            }
        }
        return ByteBufAllocator.DEFAULT.directBuffer(bytes);
    }

    /**
     * Takes a buffer back with its bytes of the budget. The network holds references of its own
     * while it writes, so memory is used again only when nobody refers to it.
     */
    void giveBack(ByteBuf buffer, int reservedBytes) {
        boolean usual = reservedBytes == usualBytes && buffer.capacity() == usualBytes;
        if (!usual || buffer.refCnt() != 1 || !stock.relaxedOffer(buffer)) {
            buffer.release();
        }
        bytesLeft.release(reservedBytes);
    }

    /** Lets go of the stock. After the last use. */
    void close() {
        ByteBuf used;
        while ((used = stock.poll()) != null) {
            used.release();
        }
    }
}
