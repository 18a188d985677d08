package io.millrace.simulation.world.net;

import io.millrace.base.loop.EventLoop;
import io.millrace.broker.network.ClientSoftware;
import io.millrace.broker.network.OutgoingResponse;
import io.millrace.broker.network.RequestSink;
import io.millrace.broker.network.RequestSource;
import io.millrace.broker.network.ResponseSequencer;
import io.millrace.protocol.net.MalformedFrameException;
import io.millrace.simulation.world.time.SimulatedLoop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.FileRegion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The broker's end of a connection: what a socket is in production. Without a line it is a ghost,
 * whose answers nobody hears.
 */
final class ServerLine implements RequestSource {
    private final @Nullable Line line;
    private final SimulatedLoop loop;
    private final RequestSink sink;
    private final ResponseSequencer<OutgoingResponse> sequencer =
            new ResponseSequencer<>(this::write, bytes -> {});
    private final List<Runnable> onGone = new ArrayList<>(0);
    private ClientSoftware software = ClientSoftware.UNKNOWN;
    private boolean gone;

    ServerLine(@Nullable Line line, SimulatedLoop loop, RequestSink sink) {
        this.line = line;
        this.loop = loop;
        this.sink = sink;
    }

    SimulatedLoop loop() {
        return loop;
    }

    void onFrame(ByteBuf frame) {
        if (gone) {
            return;
        }
        handOn(sink, frame, sequencer.open(frame.readableBytes()));
    }

    void onGone() {
        if (!gone) {
            gone = true;
            sequencer.abandon(OutgoingResponse::release);
            onGone.forEach(Runnable::run);
            onGone.clear();
        }
    }

    private void write(OutgoingResponse response) {
        if (line == null || gone) {
            response.release();
            return;
        }
        ByteBuf whole = Unpooled.buffer();
        Appender appender = new Appender(whole);
        for (Object part : response.parts()) {
            if (part instanceof FileRegion region) {
                appender.take(region);
            } else {
                whole.writeBytes((ByteBuf) part);
            }
        }
        response.release();
        line.sendResponse(whole.skipBytes(Integer.BYTES));
    }

    @Override
    public void handOn(
            RequestSink target, ByteBuf frame, ResponseSequencer<OutgoingResponse>.Slot slot) {
        if (slot.abandoned()) {
            return;
        }
        try {
            target.onRequest(this, frame, slot);
        } catch (MalformedFrameException e) {
            close(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void close(String why) {
        if (!gone) {
            onGone();
            if (line != null) {
                line.closedByServer();
            }
        }
    }

    @Override
    public ByteBufAllocator allocator() {
        return HeapAllocator.INSTANCE;
    }

    @Override
    public String listener() {
        return "PLAINTEXT";
    }

    @Override
    public String clientHost() {
        return "/" + (line == null ? "ghost" : line.clientHost().name());
    }

    @Override
    public int clientPort() {
        return line == null ? 0 : 10_000 + line.number() % 50_000;
    }

    @Override
    public void execute(Runnable event) {
        loop.execute(event);
    }

    @Override
    public void post(Runnable event) {
        loop.post(event);
    }

    @Override
    public EventLoop.Timer schedule(long delayMs, Runnable event) {
        return loop.schedule(delayMs, event);
    }

    @Override
    public void clientSoftware(ClientSoftware said) {
        software = said;
    }

    @Override
    public ClientSoftware clientSoftware() {
        return software;
    }

    @Override
    public void whenGone(Runnable action) {
        execute(
                () -> {
                    if (gone) {
                        action.run();
                    } else {
                        onGone.add(action);
                    }
                });
    }

    @Override
    public boolean isGone() {
        return gone;
    }

    /** Where file regions are copied to. */
    private record Appender(ByteBuf target) implements WritableByteChannel {
        void take(FileRegion region) {
            try {
                while (region.transferred() < region.count()) {
                    if (region.transferTo(this, region.transferred()) <= 0) {
                        throw new IOException("a file is shorter than what was promised of it");
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public int write(ByteBuffer source) {
            int count = source.remaining();
            target.writeBytes(source);
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
