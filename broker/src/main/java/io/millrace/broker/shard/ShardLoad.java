package io.millrace.broker.shard;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * One reading of a shard's log into a new state, piece by piece, on the partition's loop.
 *
 * <p>It ends when everything is applied that the log held at its beginning. A new leader's high
 * watermark may still be behind that end: what lies between was acknowledged by the leader before,
 * or will be committed, and no state may be without it. So the load waits for it.
 */
final class ShardLoad {
    /** Read at once; other owners of the loop get their turn in between. */
    private static final int PIECE_BYTES = 1024 * 1024;

    /** How often the high watermark is looked at while it is behind. */
    private static final int LOOK_MS = 5;

    private final ShardLog log;
    private final ShardReplay replay;
    private final BooleanSupplier isWanted;
    private final LongConsumer onLoaded;
    private final Consumer<Exception> onUnreadable;

    /** Where the log ended when this began. */
    private long target;

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
        target = log.endOffset();
        from(log.startOffset());
    }

    private void from(long offset) {
        if (!isWanted.getAsBoolean()) {
            return;
        }
        long next = offset;
        long committed = log.committedOffset();
        try {
            if (offset < committed) {
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
        } else if (committed < target) {
            log.loop().schedule(LOOK_MS, () -> from(offset));
        } else {
            onLoaded.accept(next);
        }
    }
}
