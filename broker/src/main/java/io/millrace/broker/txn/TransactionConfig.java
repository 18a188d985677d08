package io.millrace.broker.txn;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigReader;
import java.util.List;

/** What bounds transactions and the topic that they are kept in. Times in milliseconds. */
public record TransactionConfig(
        int maxTimeoutMs,
        int idExpirationMs,
        int abortTimedOutIntervalMs,
        int removeExpiredIntervalMs,
        boolean verifyPartitions,
        int addRetryMaxMs,
        int topicPartitions,
        short topicReplicationFactor,
        int topicMinInsyncReplicas,
        int topicSegmentBytes) {

    public static final ConfigKey<Integer> MAX_TIMEOUT_MS =
            ConfigKey.ofInt("transaction.max.timeout.ms")
                    .withDefault("900000")
                    .withDoc("Longest transaction timeout a client may ask for.")
                    .where(n -> n > 0, "at least 1");
    public static final ConfigKey<Integer> ID_EXPIRATION_MS =
            ConfigKey.ofInt("transactional.id.expiration.ms")
                    .withDefault("604800000")
                    .withDoc("How long a transactional id without a transaction is remembered.")
                    .where(n -> n > 0, "at least 1");
    public static final ConfigKey<Integer> ABORT_TIMED_OUT_INTERVAL_MS =
            ConfigKey.ofInt("transaction.abort.timed.out.transaction.cleanup.interval.ms")
                    .withDefault("10000")
                    .withDoc("How often transactions beyond their timeout are looked for.")
                    .where(n -> n > 0, "at least 1");
    public static final ConfigKey<Integer> REMOVE_EXPIRED_INTERVAL_MS =
            ConfigKey.ofInt("transaction.remove.expired.transaction.cleanup.interval.ms")
                    .withDefault("3600000")
                    .withDoc("How often expired transactional ids are looked for.")
                    .where(n -> n > 0, "at least 1");
    public static final ConfigKey<Boolean> VERIFY_PARTITIONS =
            ConfigKey.ofBoolean("transaction.partition.verification.enable")
                    .withDefault("true")
                    .withDoc(
                            "Whether a partition asks the coordinator before it takes the first"
                                    + " batch of a transaction.");
    public static final ConfigKey<Integer> ADD_RETRY_MAX_MS =
            ConfigKey.ofInt("add.partitions.to.txn.retry.backoff.max.ms")
                    .withDefault("100")
                    .withDoc(
                            "How long the first batch of a transaction waits for the transaction"
                                    + " before it to be complete.")
                    .where(n -> n >= 0, "at least 0");
    public static final ConfigKey<Integer> TOPIC_NUM_PARTITIONS =
            ConfigKey.ofInt("transaction.state.log.num.partitions")
                    .withDefault("50")
                    .withDoc("Partitions of __transaction_state when it is created.")
                    .where(n -> n > 0, "at least 1");
    public static final ConfigKey<Short> TOPIC_REPLICATION_FACTOR =
            ConfigKey.ofShort("transaction.state.log.replication.factor")
                    .withDefault("3")
                    .withDoc("Replicas of __transaction_state, at most the number of brokers.")
                    .where(n -> n > 0, "at least 1");
    public static final ConfigKey<Integer> TOPIC_MIN_ISR =
            ConfigKey.ofInt("transaction.state.log.min.isr")
                    .withDefault("2")
                    .withDoc(
                            "min.insync.replicas of __transaction_state when it is created, at most"
                                    + " its replicas.")
                    .where(n -> n > 0, "at least 1");
    public static final ConfigKey<Integer> TOPIC_SEGMENT_BYTES =
            ConfigKey.ofInt("transaction.state.log.segment.bytes")
                    .withDefault("104857600")
                    .withDoc("Segment size of __transaction_state; small keeps loading fast.")
                    .where(n -> n > 0, "at least 1");

    /** All keys, for describing. */
    public static final List<ConfigKey<?>> KEYS =
            List.of(
                    MAX_TIMEOUT_MS,
                    ID_EXPIRATION_MS,
                    ABORT_TIMED_OUT_INTERVAL_MS,
                    REMOVE_EXPIRED_INTERVAL_MS,
                    VERIFY_PARTITIONS,
                    ADD_RETRY_MAX_MS,
                    TOPIC_NUM_PARTITIONS,
                    TOPIC_REPLICATION_FACTOR,
                    TOPIC_MIN_ISR,
                    TOPIC_SEGMENT_BYTES);

    public static TransactionConfig read(ConfigReader reader) {
        return new TransactionConfig(
                reader.get(MAX_TIMEOUT_MS),
                reader.get(ID_EXPIRATION_MS),
                reader.get(ABORT_TIMED_OUT_INTERVAL_MS),
                reader.get(REMOVE_EXPIRED_INTERVAL_MS),
                reader.get(VERIFY_PARTITIONS),
                reader.get(ADD_RETRY_MAX_MS),
                reader.get(TOPIC_NUM_PARTITIONS),
                reader.get(TOPIC_REPLICATION_FACTOR),
                reader.get(TOPIC_MIN_ISR),
                reader.get(TOPIC_SEGMENT_BYTES));
    }
}
