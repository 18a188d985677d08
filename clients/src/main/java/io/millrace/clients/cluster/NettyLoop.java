package io.millrace.clients.cluster;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.loop.LoopClosedException;
import io.millrace.base.time.Clock;
import io.millrace.base.time.SystemClock;
import io.millrace.protocol.net.Transport;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client's one loop: the Netty thread that also reads and writes its sockets, so a response and
 * what follows from it need no change of thread. Each client has its own (a daemon thread named
 * after the client), so that a callback that blocks holds up nobody else's client.
 *
 * <p>An event that throws is a bug in this module. It is logged as an error and the loop goes on:
 * the requests it should have taken further end by their time limits, and users are told.
 */
public final class NettyLoop implements EventLoop, AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(NettyLoop.class);
    private static final long QUIET_MS = 0;
    private static final long SHUTDOWN_MS = 5_000;

    private final String name;
    private final Transport transport = Transport.best();
    private final EventLoopGroup group;
    private final io.netty.channel.EventLoop netty;

    private NettyLoop(String name) {
        this.name = name;
        this.group = transport.newGroup(name, 1);
        this.netty = group.next();
    }

    /** A running loop on a thread of this name. */
    public static NettyLoop start(String name) {
        return new NettyLoop(name);
    }

    /** For the channels of this loop: a group of this one thread. */
    EventLoopGroup group() {
        return group;
    }

    Transport transport() {
        return transport;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void post(Runnable event) {
        try {
            netty.execute(() -> run(event));
        } catch (RejectedExecutionException e) {
            LoopClosedException closed = new LoopClosedException(name);
            closed.initCause(e);
            throw closed;
        }
    }

    @Override
    public Timer schedule(long delayMs, Runnable event) {
        try {
            ScheduledFuture<?> scheduled =
                    netty.schedule(() -> run(event), delayMs, TimeUnit.MILLISECONDS);
            return () -> scheduled.cancel(false);
        } catch (RejectedExecutionException e) {
            LoopClosedException closed = new LoopClosedException(name);
            closed.initCause(e);
            throw closed;
        }
    }

    @Override
    public void atEndOfBatch(Runnable action) {
        assertInLoop();
        post(action);
    }

    @Override
    public boolean inLoop() {
        return netty.inEventLoop();
    }

    @Override
    public Clock clock() {
        return SystemClock.INSTANCE;
    }

    /** Runs what is queued and ends the thread; does not wait for it when called on it. */
    @Override
    public void close() {
        var ended = group.shutdownGracefully(QUIET_MS, SHUTDOWN_MS, TimeUnit.MILLISECONDS);
        if (!inLoop()) {
            ended.awaitUninterruptibly(SHUTDOWN_MS);
        }
    }

    private void run(Runnable event) {
        try {
            event.run();
        } catch (RuntimeException | Error e) {
            LOGGER.atError()
                    .addKeyValue("loop", name)
                    .setCause(e)
                    .log("event failed: this is a bug in the client");
        }
    }
}
