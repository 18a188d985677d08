package io.millrace.broker.network;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigReader;
import java.util.List;
import java.util.stream.Stream;

/**
 * What bounds the network layer.
 *
 * @param maxFrameBytes largest request
 * @param maxInFlightBytesPerConnection requests being handled for one connection before it is no
 *     longer read
 * @param maxInFlightBytes the same over all connections
 * @param connections how many connections may be open; the part that may change
 * @param maxIdleMs a connection without requests for so long is closed
 * @param threads connection loops
 * @param sendBufferBytes socket send buffer; -1 leaves it to the system
 * @param receiveBufferBytes socket receive buffer; -1 leaves it to the system
 */
public record NetworkConfig(
        int maxFrameBytes,
        long maxInFlightBytesPerConnection,
        long maxInFlightBytes,
        ConnectionLimits connections,
        long maxIdleMs,
        int threads,
        int sendBufferBytes,
        int receiveBufferBytes) {

    public static final ConfigKey<Integer> SOCKET_REQUEST_MAX_BYTES =
            ConfigKey.ofInt("socket.request.max.bytes")
                    .withDefault("104857600")
                    .withDoc("Largest request accepted.")
                    .where(n -> n >= RequestFrameDecoder.MIN_FRAME_BYTES, "at least 8");
    public static final ConfigKey<Long> QUEUED_MAX_REQUEST_BYTES =
            ConfigKey.ofLong("queued.max.request.bytes")
                    .withDefault("-1")
                    .withDoc(
                            "Bytes of requests in flight over all connections before reading"
                                    + " stops; -1 derives it from the heap.");
    public static final ConfigKey<Long> CONNECTIONS_MAX_IDLE_MS =
            ConfigKey.ofLong("connections.max.idle.ms")
                    .withDefault("600000")
                    .withDoc("Idle connections are closed after this time.");
    public static final ConfigKey<Integer> NUM_NETWORK_THREADS =
            ConfigKey.ofInt("num.network.threads")
                    .withDefault("0")
                    .withDoc("Threads that serve connections; 0 means one per core, at most 4.")
                    .where(n -> n >= 0, "at least 0");
    public static final ConfigKey<Integer> SOCKET_SEND_BUFFER_BYTES =
            ConfigKey.ofInt("socket.send.buffer.bytes")
                    .withDefault("-1")
                    .withDoc("SO_SNDBUF of accepted connections; -1 leaves it to the system.");
    public static final ConfigKey<Integer> SOCKET_RECEIVE_BUFFER_BYTES =
            ConfigKey.ofInt("socket.receive.buffer.bytes")
                    .withDefault("-1")
                    .withDoc("SO_RCVBUF of accepted connections; -1 leaves it to the system.");

    private static final List<ConfigKey<?>> OWN =
            List.of(
                    SOCKET_REQUEST_MAX_BYTES,
                    QUEUED_MAX_REQUEST_BYTES,
                    CONNECTIONS_MAX_IDLE_MS,
                    NUM_NETWORK_THREADS,
                    SOCKET_SEND_BUFFER_BYTES,
                    SOCKET_RECEIVE_BUFFER_BYTES);

    /** All keys, for describing. */
    public static final List<ConfigKey<?>> KEYS =
            Stream.concat(OWN.stream(), ConnectionLimits.KEYS.stream()).toList();

    private static final int MAX_DEFAULT_THREADS = 4;
    private static final long MIN_IN_FLIGHT_BYTES = 32L << 20;

    public NetworkConfig {
        if (maxFrameBytes < RequestFrameDecoder.MIN_FRAME_BYTES || threads < 1) {
            throw new IllegalArgumentException(
                    "maxFrameBytes=" + maxFrameBytes + " threads=" + threads);
        }
    }

    public static NetworkConfig read(ConfigReader reader) {
        int maxFrame = reader.get(SOCKET_REQUEST_MAX_BYTES);
        long inFlight = reader.get(QUEUED_MAX_REQUEST_BYTES);
        if (inFlight <= 0) {
            inFlight = Math.max(MIN_IN_FLIGHT_BYTES, Runtime.getRuntime().maxMemory() / 4);
        }
        int threads = reader.get(NUM_NETWORK_THREADS);
        if (threads == 0) {
            threads = Math.min(MAX_DEFAULT_THREADS, Runtime.getRuntime().availableProcessors());
        }
        return new NetworkConfig(
                maxFrame,
                Math.max(MIN_IN_FLIGHT_BYTES, inFlight / 4),
                inFlight,
                ConnectionLimits.read(reader),
                reader.get(CONNECTIONS_MAX_IDLE_MS),
                threads,
                reader.get(SOCKET_SEND_BUFFER_BYTES),
                reader.get(SOCKET_RECEIVE_BUFFER_BYTES));
    }
}
