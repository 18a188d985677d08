package io.millrace.clients.admin;

/**
 * Something that has configuration.
 *
 * @param name of the topic, group or subscription to client metrics, or broker id; the empty text
 *     for the default of all brokers
 */
public record ConfigResource(Type type, String name) {

    public static ConfigResource topic(String name) {
        return new ConfigResource(Type.TOPIC, name);
    }

    public static ConfigResource broker(int id) {
        return new ConfigResource(Type.BROKER, Integer.toString(id));
    }

    public static ConfigResource group(String id) {
        return new ConfigResource(Type.GROUP, id);
    }

    public static ConfigResource clientMetrics(String subscription) {
        return new ConfigResource(Type.CLIENT_METRICS, subscription);
    }

    /** Kinds of resource with their number on the wire. */
    public enum Type {
        TOPIC(2),
        BROKER(4),
        BROKER_LOGGER(8),
        CLIENT_METRICS(16),
        GROUP(32);

        private final byte code;

        Type(int code) {
            this.code = (byte) code;
        }

        public byte code() {
            return code;
        }
    }
}
