package io.millrace.broker.shard;

import io.millrace.base.loop.EventLoop;
import io.millrace.broker.log.TransactionMarker;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.record.RecordBatchView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A shard's log in memory that commits at once, or when the test says so. */
public final class MemoryShardLog implements ShardLog {
    private final EventLoop loop;
    private final List<byte[]> batches = new ArrayList<>();
    private final ArrayDeque<Consumer<@Nullable ApiException>> held = new ArrayDeque<>();
    private long end;
    private long committed;
    private boolean hold;
    private @Nullable ErrorCode refuse;

    public MemoryShardLog(EventLoop loop) {
        this.loop = loop;
    }

    public void holdCommits() {
        hold = true;
        committed = end;
    }

    public void commitHeld() {
        hold = false;
        while (!held.isEmpty()) {
            held.remove().accept(null);
        }
    }

    public void refuseNext(ErrorCode error) {
        refuse = error;
    }

    public int batchCount() {
        return batches.size();
    }

    @Override
    public EventLoop loop() {
        return loop;
    }

    @Override
    public CompletableFuture<Void> open() {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public long startOffset() {
        return 0;
    }

    @Override
    public long committedOffset() {
        return hold ? committed : end;
    }

    @Override
    public long endOffset() {
        return end;
    }

    /** As after a change of leader: what is there becomes committed only later. */
    public void forgetCommitted() {
        hold = true;
        committed = 0;
    }

    public void commitAll() {
        hold = false;
    }

    @Override
    public ByteBuf read(long fromOffset, int maxBytes) {
        ByteBuf out = Unpooled.buffer();
        for (byte[] batch : batches) {
            ByteBuf bytes = Unpooled.wrappedBuffer(batch);
            if (RecordBatchView.at(bytes, 0).nextOffset() > fromOffset) {
                out.writeBytes(bytes);
            }
        }
        return out;
    }

    @Override
    public void append(ByteBuf batch, Consumer<@Nullable ApiException> done) {
        if (refuse != null) {
            ApiException failure = new ApiException(refuse);
            refuse = null;
            batch.release();
            loop.post(() -> done.accept(failure));
            return;
        }
        RecordBatchView view = RecordBatchView.at(batch, batch.readerIndex());
        view.assign(end, 0);
        end = view.nextOffset();
        batches.add(ByteBufUtil.getBytes(batch));
        batch.release();
        if (hold) {
            held.add(done);
        } else {
            loop.post(() -> done.accept(null));
        }
    }

    @Override
    public void end(TransactionMarker marker, Consumer<@Nullable ApiException> done) {
        ByteBuf batch = Unpooled.buffer();
        marker.write(batch, loop.clock().wallMs());
        append(batch, done);
    }
}
