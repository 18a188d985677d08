package io.millrace.benchmarks;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * Asks a starting broker for metadata (Metadata version 1, bytes written by hand so that no
 * client's own start-up or backoff counts) until it knows itself and, if a topic is named, every
 * partition of it has a leader.
 */
final class ReadyProbe {
    private static final int PROBE_EVERY_MS = 2;
    private static final int SOCKET_TIMEOUT_MS = 5_000;
    private static final short METADATA = 3;

    private ReadyProbe() {}

    /** Waits for the broker to know itself. */
    static void awaitBroker(int port, long timeoutMs) {
        await(port, "", 0, timeoutMs);
    }

    /** Waits for {@code partitions} led partitions of the topic. */
    static void awaitTopic(int port, String topic, int partitions, long timeoutMs) {
        await(port, topic, partitions, timeoutMs);
    }

    private static void await(int port, String topic, int partitions, long timeoutMs) {
        long deadline = nanos() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        while (!isReady(port, topic, partitions)) {
            if (nanos() > deadline) {
                throw new IllegalStateException(
                        "broker on port " + port + " not ready within " + timeoutMs + " ms");
            }
            try {
                TimeUnit.MILLISECONDS.sleep(PROBE_EVERY_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while a broker starts", e);
            }
        }
    }

    private static boolean isReady(int port, String topic, int partitions) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), SOCKET_TIMEOUT_MS);
            socket.setSoTimeout(SOCKET_TIMEOUT_MS);
            send(new DataOutputStream(socket.getOutputStream()), topic);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] frame = new byte[in.readInt()];
            in.readFully(frame);
            return ledPartitions(new DataInputStream(new java.io.ByteArrayInputStream(frame)))
                    >= partitions;
        } catch (IOException notYet) {
            return false;
        }
    }

    private static void send(DataOutputStream out, String topic) throws IOException {
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        out.writeInt(2 + 2 + 4 + 2 + 4 + (name.length == 0 ? 0 : 2 + name.length));
        out.writeShort(METADATA);
        out.writeShort(1);
        out.writeInt(1);
        out.writeShort(-1);
        out.writeInt(name.length == 0 ? 0 : 1);
        if (name.length > 0) {
            out.writeShort(name.length);
            out.write(name);
        }
        out.flush();
    }

    /** Partitions with a leader in the answer, or -1 if it names no broker. */
    private static int ledPartitions(DataInputStream in) throws IOException {
        in.readInt();
        int brokers = in.readInt();
        for (int i = 0; i < brokers; i++) {
            in.readInt();
            skipString(in);
            in.readInt();
            skipString(in);
        }
        in.readInt();
        if (brokers == 0) {
            return -1;
        }
        int led = 0;
        int topics = in.readInt();
        for (int i = 0; i < topics; i++) {
            in.readShort();
            skipString(in);
            in.readBoolean();
            int partitions = in.readInt();
            for (int j = 0; j < partitions; j++) {
                short error = in.readShort();
                in.readInt();
                int leader = in.readInt();
                in.skipNBytes(4L * in.readInt());
                in.skipNBytes(4L * in.readInt());
                led += error == 0 && leader >= 0 ? 1 : 0;
            }
        }
        return led;
    }

    private static void skipString(DataInputStream in) throws IOException {
        short length = in.readShort();
        in.skipNBytes(Math.max(0, length));
    }

    private static long nanos() {
        return System.nanoTime(); // gate: measures real time
    }
}
