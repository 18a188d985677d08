package io.millrace.clients.admin;

/**
 * Something that has configuration.
 *
 * @param name topic name, broker id, or the empty text for the default of all brokers
 */
public record ConfigResource(Type type, String name) {

    public static ConfigResource topic(String name) {
        return new ConfigResource(Type.TOPIC, name);
    }

    public static ConfigResource broker(int id) {
        return new ConfigResource(Type.BROKER, Integer.toString(id));
    }

    /** Kinds of resource with their number on the wire. */
    public enum Type {
        TOPIC(2),
        BROKER(4),
        BROKER_LOGGER(8),
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
