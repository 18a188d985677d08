package io.millrace.protocol.net;

import io.millrace.protocol.message.MessageSink;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCounted;
import org.jspecify.annotations.Nullable;

/**
 * Writes {@link MessageSink}s part by part, so that record batches go out of the buffer or the file
 * they are in. The promise completes with the last part; a part that fails fails all behind it,
 * because Netty then closes the channel.
 */
@ChannelHandler.Sharable
public final class FrameEncoder extends ChannelOutboundHandlerAdapter {
    public static final FrameEncoder INSTANCE = new FrameEncoder();

    private FrameEncoder() {}

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (!(message instanceof MessageSink sink)) {
            ctx.write(message, promise);
            return;
        }
        LastPart last = new LastPart(ctx);
        sink.handOver(last::next);
        last.finish(promise);
    }

    /** Holds each part back until it is known whether another follows. */
    private static final class LastPart {
        private final ChannelHandlerContext ctx;
        private @Nullable ReferenceCounted held;

        LastPart(ChannelHandlerContext ctx) {
            this.ctx = ctx;
        }

        void next(ReferenceCounted part) {
            if (held != null) {
                ctx.write(held, ctx.voidPromise());
            }
            held = part;
        }

        void finish(ChannelPromise promise) {
            if (held == null) {
                promise.setSuccess();
            } else {
                ctx.write(held, promise);
            }
        }
    }
}
