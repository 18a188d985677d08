package io.millrace.broker.shard;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** One reading of a shard's log into a new state, piece by piece, on the partition's loop. */
final class ShardLoad {
    /** Read at once; other owners of the loop get their turn in between. */
    private static final int PIECE_BYTES = 1024 * 1024;

    private final ShardLog log;
    private final ShardReplay replay;
    private final BooleanSupplier isWanted;
    private final LongConsumer onLoaded;
    private final Consumer<Exception> onUnreadable;

    /**
     * A load that has not begun. One of the two last is called in the end, unless it is given up.
     *
     * @param isWanted asked before each piece; false gives the load up
     * @param onLoaded gets the offset behind everything that was applied
     */
    ShardLoad(
            ShardLog log,
            ShardReplay replay,
            BooleanSupplier isWanted,
            LongConsumer onLoaded,
            Consumer<Exception> onUnreadable) {
        this.log = log;
        this.replay = replay;
        this.isWanted = isWanted;
        this.onLoaded = onLoaded;
        this.onUnreadable = onUnreadable;
    }

    void onStart() {
        from(log.startOffset());
    }

    private void from(long offset) {
        if (!isWanted.getAsBoolean()) {
            return;
        }
        long next = offset;
        try {
            if (offset < log.committedOffset()) {
                ByteBuf batches = log.read(offset, PIECE_BYTES);
                try {
                    next = replay.applyAll(batches, offset);
                } finally {
                    batches.release();
                }
            }
        } catch (IOException | RuntimeException e) {
            onUnreadable.accept(e);
            return;
        }
        if (next > offset) {
            long further = next;
            log.loop().post(() -> from(further));
        } else {
            onLoaded.accept(next);
        }
    }
}
