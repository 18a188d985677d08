package io.millrace.metadata.record;

/**
 * What a configuration entry belongs to.
 *
 * @param name topic name, or broker id as text; the empty name is the cluster-wide broker default
 */
public record ConfigResource(Kind kind, String name) {

    public static ConfigResource topic(String name) {
        return new ConfigResource(Kind.TOPIC, name);
    }

    public static ConfigResource broker(int brokerId) {
        return new ConfigResource(Kind.BROKER, Integer.toString(brokerId));
    }

    /** Defaults for every broker. */
    public static ConfigResource brokerDefaults() {
        return new ConfigResource(Kind.BROKER, "");
    }

    @Override
    public String toString() {
        return kind.name().toLowerCase(java.util.Locale.ROOT) + " '" + name + "'";
    }

    /** Kinds of resource; ids are Kafka's. */
    public enum Kind {
        TOPIC(2),
        BROKER(4),
        CLIENT_METRICS(16),
        GROUP(32);

        private final int id;

        Kind(int id) {
            this.id = id;
        }

        public int id() {
            return id;
        }

        /** The kind with Kafka's number, or an {@link IllegalArgumentException}. */
        public static Kind of(int id) {
            for (Kind kind : values()) {
                if (kind.id == id) {
                    return kind;
                }
            }
            throw new IllegalArgumentException("config resource type " + id + " is unknown");
        }
    }
}
