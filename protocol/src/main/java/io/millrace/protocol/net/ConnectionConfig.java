package io.millrace.protocol.net;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigReader;
import java.util.Optional;

/**
 * How a client connects and how long it waits.
 *
 * @param clientId name that brokers log and count by; may be empty
 * @param connectTimeoutMs until the TCP connection must stand
 * @param requestTimeoutMs until a response must have come; the connection is closed otherwise,
 *     because responses come in order
 * @param maxResponseBytes largest response that is taken
 * @param sendBufferBytes socket buffer; -1 leaves it to the system
 * @param receiveBufferBytes socket buffer; -1 leaves it to the system
 */
public record ConnectionConfig(
        String clientId,
        int connectTimeoutMs,
        int requestTimeoutMs,
        int maxResponseBytes,
        int sendBufferBytes,
        int receiveBufferBytes) {
    public static final ConfigKey<String> CLIENT_ID =
            ConfigKey.ofString("client.id")
                    .withDefault("")
                    .withDoc("Name that brokers log and count this client by.");
    public static final ConfigKey<Integer> REQUEST_TIMEOUT_MS =
            ConfigKey.ofInt("request.timeout.ms")
                    .withDefault("30000")
                    .where(ms -> ms > 0, "a positive number")
                    .withDoc("How long to wait for a response.");
    public static final ConfigKey<Integer> CONNECT_TIMEOUT_MS =
            ConfigKey.ofInt("socket.connection.setup.timeout.ms")
                    .withDefault("10000")
                    .where(ms -> ms > 0, "a positive number")
                    .withDoc("How long to wait for a TCP connection.");
    public static final ConfigKey<Integer> SEND_BUFFER_BYTES =
            ConfigKey.ofInt("send.buffer.bytes")
                    .withDefault("131072")
                    .where(bytes -> bytes >= -1, "-1 or more")
                    .withDoc("Size of the socket's send buffer; -1 leaves it to the system.");
    public static final ConfigKey<Integer> RECEIVE_BUFFER_BYTES =
            ConfigKey.ofInt("receive.buffer.bytes")
                    .withDefault("65536")
                    .where(bytes -> bytes >= -1, "-1 or more")
                    .withDoc("Size of the socket's receive buffer; -1 leaves it to the system.");

    /** Frames carry their length in 31 bits; a gigabyte is more than any fetch may ask for. */
    private static final int MAX_RESPONSE_BYTES = 1 << 30;

    public ConnectionConfig {
        check("connectTimeoutMs", connectTimeoutMs, 1);
        check("requestTimeoutMs", requestTimeoutMs, 1);
        check("maxResponseBytes", maxResponseBytes, 1);
        check("sendBufferBytes", sendBufferBytes, -1);
        check("receiveBufferBytes", receiveBufferBytes, -1);
    }

    public static ConnectionConfig read(ConfigReader reader) {
        return new ConnectionConfig(
                reader.get(CLIENT_ID),
                reader.get(CONNECT_TIMEOUT_MS),
                reader.get(REQUEST_TIMEOUT_MS),
                MAX_RESPONSE_BYTES,
                reader.get(SEND_BUFFER_BYTES),
                reader.get(RECEIVE_BUFFER_BYTES));
    }

    /** Everything at its default, under a name. */
    public static ConnectionConfig named(String clientId) {
        return new ConnectionConfig(clientId, 10_000, 30_000, MAX_RESPONSE_BYTES, 131_072, 65_536);
    }

    public ConnectionConfig withRequestTimeoutMs(int ms) {
        return new ConnectionConfig(
                clientId,
                connectTimeoutMs,
                ms,
                maxResponseBytes,
                sendBufferBytes,
                receiveBufferBytes);
    }

    /** The client id as requests carry it. */
    Optional<String> clientIdOnWire() {
        return clientId.isEmpty() ? Optional.empty() : Optional.of(clientId);
    }

    private static void check(String name, int value, int lowest) {
        if (value < lowest) {
            throw new IllegalArgumentException(name + "=" + value + " is below " + lowest);
        }
    }
}
