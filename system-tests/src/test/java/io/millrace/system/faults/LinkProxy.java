package io.millrace.system.faults;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A TCP link that misbehaves when told to: delays, dribbles bytes, swallows one direction, resets.
 * It listens on a port of 127.0.0.1 and connects to one target for each connection it takes. Two
 * threads per connection: a tool of tests, for tens of connections.
 */
final class LinkProxy implements AutoCloseable {
    private static final int CHUNK = 16 * 1024;

    /** Which way bytes go, as seen by who connects. */
    enum Direction {
        TO_TARGET,
        FROM_TARGET
    }

    private final ServerSocket server;
    private final InetSocketAddress target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads =
            Executors.newCachedThreadPool(
                    task -> {
                        Thread thread = new Thread(task, "link");
                        thread.setDaemon(true);
                        return thread;
                    });
    private final Set<Direction> swallowed = ConcurrentHashMap.newKeySet();
    private volatile int delayMs;
    private volatile int chunk = CHUNK;

    LinkProxy(InetSocketAddress target) {
        this.target = target;
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        threads.execute(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /** Every chunk waits this long. */
    void delay(int millis) {
        delayMs = millis;
    }

    /** One byte at a time, each with the delay. */
    void dribble() {
        chunk = 1;
    }

    /** Bytes of this direction vanish; the connection stays open (half open). */
    void swallow(Direction direction) {
        swallowed.add(direction);
    }

    /** Ends every connection with RST; new ones are taken again. */
    void reset() {
        for (Socket socket : sockets) {
            try {
                socket.setSoLinger(true, 0);
                socket.close();
            } catch (IOException e) {
                sockets.remove(socket); // closed already
            }
        }
        sockets.clear();
    }

    /** Whole again. What was swallowed makes its connections useless: they are reset. */
    void heal() {
        boolean lost = !swallowed.isEmpty();
        delayMs = 0;
        chunk = CHUNK;
        swallowed.clear();
        if (lost) {
            reset();
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket near = server.accept();
                sockets.add(near);
                Socket far = new Socket();
                far.connect(target, 1_000);
                sockets.add(far);
                near.setTcpNoDelay(true);
                far.setTcpNoDelay(true);
                threads.execute(() -> pump(near, far, Direction.TO_TARGET));
                threads.execute(() -> pump(far, near, Direction.FROM_TARGET));
            } catch (IOException e) {
                reset(); // the target is away, or we are closed
            }
        }
    }

    private void pump(Socket from, Socket to, Direction direction) {
        byte[] bytes = new byte[CHUNK];
        try (from;
                to;
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream()) {
            int count = in.read(bytes);
            while (count >= 0) {
                for (int at = 0; at < count; ) {
                    int length = Math.min(chunk, count - at);
                    if (delayMs > 0) {
                        Pause.millis(delayMs);
                    }
                    if (!swallowed.contains(direction)) {
                        out.write(bytes, at, length);
                    }
                    at += length;
                }
                count = in.read(bytes);
            }
        } catch (IOException e) {
            sockets.remove(from); // the other side went away
        } finally {
            sockets.remove(from);
            sockets.remove(to);
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            reset();
            threads.shutdownNow();
        }
    }
}
