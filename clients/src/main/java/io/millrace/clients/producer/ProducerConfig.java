package io.millrace.clients.producer;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigReader;
import io.millrace.clients.cluster.ClientConfig;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Configuration of a producer, in Kafka's keys and with Kafka's defaults. Sizes in bytes.
 *
 * @param acks how many replicas must have a record: 0, 1, or -1 for all in sync
 * @param lingerMs upper bound on how long a batch waits for more records while others are in flight
 * @param bufferMemory records not yet acknowledged may take this much
 * @param compression codec name: none, gzip, snappy, lz4 or zstd
 * @param transactionalId present for a producer of transactions
 * @param transactionTimeoutMs a transaction open for longer is aborted by its coordinator
 */
public record ProducerConfig(
        ClientConfig client,
        short acks,
        int lingerMs,
        int batchSize,
        long bufferMemory,
        String compression,
        int maxInFlightPerConnection,
        boolean idempotent,
        int deliveryTimeoutMs,
        int retries,
        int maxRequestSize,
        int maxBlockMs,
        Optional<String> transactionalId,
        int transactionTimeoutMs) {
    public static final ConfigKey<Short> ACKS =
            ConfigKey.ofString("acks").map(ProducerConfig::parseAcks).withDefault("all");
    public static final ConfigKey<Integer> LINGER_MS = ClientConfig.millis("linger.ms", 5);
    public static final ConfigKey<Integer> BATCH_SIZE =
            ConfigKey.ofInt("batch.size")
                    .where(size -> size >= 0, "0 or more bytes")
                    .withDefault("16384");
    public static final ConfigKey<Long> BUFFER_MEMORY =
            ConfigKey.ofLong("buffer.memory")
                    .where(size -> size > 0, "a positive number of bytes")
                    .withDefault("33554432");
    public static final ConfigKey<String> COMPRESSION_TYPE =
            ConfigKey.ofString("compression.type")
                    .oneOf(List.of("none", "gzip", "snappy", "lz4", "zstd"))
                    .withDefault("none");
    public static final ConfigKey<Integer> MAX_IN_FLIGHT =
            ConfigKey.ofInt("max.in.flight.requests.per.connection")
                    .where(count -> count > 0, "1 or more")
                    .withDefault("5");
    public static final ConfigKey<Boolean> ENABLE_IDEMPOTENCE =
            ConfigKey.ofBoolean("enable.idempotence").withDefault("true");
    public static final ConfigKey<Integer> DELIVERY_TIMEOUT_MS =
            ClientConfig.millis("delivery.timeout.ms", 120_000);
    public static final ConfigKey<Integer> RETRIES =
            ConfigKey.ofInt("retries")
                    .where(count -> count >= 0, "0 or more")
                    .withDefault(Integer.toString(Integer.MAX_VALUE));
    public static final ConfigKey<Integer> MAX_REQUEST_SIZE =
            ConfigKey.ofInt("max.request.size")
                    .where(size -> size > 0, "a positive number of bytes")
                    .withDefault("1048576");
    public static final ConfigKey<Integer> MAX_BLOCK_MS =
            ClientConfig.millis("max.block.ms", 60_000);

    public static final ConfigKey<String> TRANSACTIONAL_ID =
            ConfigKey.ofString("transactional.id").where(id -> !id.isEmpty(), "not empty");
    public static final ConfigKey<Integer> TRANSACTION_TIMEOUT_MS =
            ClientConfig.millis("transaction.timeout.ms", 60_000);

    private static final int IDEMPOTENT_MAX_IN_FLIGHT = 5;

    /**
     * Reads a producer's configuration.
     *
     * @throws io.millrace.base.config.ConfigException naming every problem
     */
    public static ProducerConfig parse(Map<String, String> values) {
        ConfigReader reader = new ConfigReader("producer", values);
        ProducerConfig config =
                new ProducerConfig(
                        ClientConfig.read(reader),
                        reader.get(ACKS),
                        reader.get(LINGER_MS),
                        reader.get(BATCH_SIZE),
                        reader.get(BUFFER_MEMORY),
                        reader.get(COMPRESSION_TYPE),
                        reader.get(MAX_IN_FLIGHT),
                        idempotence(reader),
                        reader.get(DELIVERY_TIMEOUT_MS),
                        reader.get(RETRIES),
                        reader.get(MAX_REQUEST_SIZE),
                        reader.get(MAX_BLOCK_MS),
                        reader.find(TRANSACTIONAL_ID),
                        reader.get(TRANSACTION_TIMEOUT_MS));
        if (config.transactionalId.isPresent() && !config.idempotent) {
            reader.problem("transactional.id needs acks=all and enable.idempotence=true");
        }
        if (config.idempotent && config.maxInFlightPerConnection > IDEMPOTENT_MAX_IN_FLIGHT) {
            // The broker remembers five batches per producer and partition.
            reader.problem(
                    "max.in.flight.requests.per.connection=%d is above %d, which idempotence allows"
                            .formatted(config.maxInFlightPerConnection, IDEMPOTENT_MAX_IN_FLIGHT));
        }
        reader.finish();
        return config;
    }

    /** On unless asked otherwise or unless acks rule it out. */
    private static boolean idempotence(ConfigReader reader) {
        boolean possible = reader.get(ACKS) == -1;
        if (reader.has(ENABLE_IDEMPOTENCE) && reader.get(ENABLE_IDEMPOTENCE) && !possible) {
            reader.problem("enable.idempotence=true needs acks=all");
        }
        return reader.get(ENABLE_IDEMPOTENCE) && possible;
    }

    private static short parseAcks(String text) {
        return switch (text.trim()) {
            case "all", "-1" -> -1;
            case "1" -> 1;
            case "0" -> 0;
            default -> throw new IllegalArgumentException("all, 1 or 0");
        };
    }
}
