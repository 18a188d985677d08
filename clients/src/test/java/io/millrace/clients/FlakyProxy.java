package io.millrace.clients;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands between clients and a broker that advertises the proxy's address. On demand it lets a
 * request of a kind through, and cuts the connection before the answer: the broker did it, the
 * client does not know.
 */
public final class FlakyProxy implements AutoCloseable {
    private final ServerSocket server;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads =
            Executors.newCachedThreadPool(
                    task -> {
                        Thread thread = new Thread(task, "flaky-proxy");
                        thread.setDaemon(true);
                        return thread;
                    });
    private final AtomicInteger cutsLeft = new AtomicInteger();
    private final AtomicInteger cutsDone = new AtomicInteger();
    private final AtomicInteger seen = new AtomicInteger();
    private volatile int api = -1;
    private volatile int everyNth = 1;
    private volatile int target;

    public FlakyProxy() {
        try {
            server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        threads.execute(this::accept);
    }

    public int port() {
        return server.getLocalPort();
    }

    /** Where the broker really listens. */
    public void target(int port) {
        target = port;
    }

    /** Cuts the connection behind every nth request of this API, so many times. */
    public void cutAfter(int apiKey, int nth, int times) {
        api = apiKey;
        everyNth = nth;
        cutsLeft.set(times);
    }

    public int cuts() {
        return cutsDone.get();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : open) {
            socket.close();
        }
        threads.shutdownNow();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                Socket broker = connect(client);
                open.add(client);
                open.add(broker);
                client.setTcpNoDelay(true);
                broker.setTcpNoDelay(true);
                Link link = new Link(client, broker);
                threads.execute(link::requests);
                threads.execute(link::responses);
            } catch (IOException e) {
                // The proxy was closed, or the broker is down: clients see a closed connection.
                continue;
            }
        }
    }

    private Socket connect(Socket client) throws IOException {
        try {
            return new Socket("127.0.0.1", target);
        } catch (IOException e) {
            client.close();
            throw e;
        }
    }

    private final class Link {
        private final Socket client;
        private final Socket broker;
        private volatile boolean cut;

        Link(Socket client, Socket broker) {
            this.client = client;
            this.broker = broker;
        }

        void requests() {
            try (InputStream in = client.getInputStream();
                    OutputStream out = broker.getOutputStream()) {
                while (true) {
                    byte[] length = in.readNBytes(4);
                    if (length.length < 4) {
                        break;
                    }
                    int size = java.nio.ByteBuffer.wrap(length).getInt();
                    byte[] frame = in.readNBytes(size);
                    int key = java.nio.ByteBuffer.wrap(frame).getShort();
                    boolean cutNow =
                            key == api
                                    && seen.incrementAndGet() % everyNth == 0
                                    && cutsLeft.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
                    if (cutNow) {
                        cut = true;
                        cutsDone.incrementAndGet();
                    }
                    out.write(length);
                    out.write(frame);
                    out.flush();
                    if (cutNow) {
                        client.close();
                        // The broker gets time to carry out what it has received.
                        break;
                    }
                }
            } catch (IOException e) {
                // One side closed; so does the other.
                close(client);
            }
        }

        void responses() {
            byte[] buffer = new byte[64 * 1024];
            try (InputStream in = broker.getInputStream();
                    OutputStream out = client.getOutputStream()) {
                int read;
                while ((read = in.read(buffer)) > 0) {
                    if (!cut) {
                        out.write(buffer, 0, read);
                        out.flush();
                    }
                }
            } catch (IOException e) {
                // One side closed; so does the other.
                close(client);
            }
            close(client);
            close(broker);
        }

        private void close(Socket socket) {
            open.remove(socket);
            try {
                socket.close();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
