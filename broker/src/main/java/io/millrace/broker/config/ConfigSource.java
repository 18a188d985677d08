package io.millrace.broker.config;

/** Where a value comes from; ids are Kafka's. */
public enum ConfigSource {
    DYNAMIC_TOPIC(1),
    DYNAMIC_BROKER(2),
    DYNAMIC_DEFAULT_BROKER(3),
    STATIC_BROKER(4),
    DEFAULT(5),
    DYNAMIC_BROKER_LOGGER(6),
    CLIENT_METRICS(7),
    GROUP(8);

    private final int id;

    ConfigSource(int id) {
        this.id = id;
    }

    public byte id() {
        return (byte) id;
    }
}
