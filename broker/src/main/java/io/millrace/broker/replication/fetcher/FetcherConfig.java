package io.millrace.broker.replication.fetcher;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigReader;
import java.util.List;

/**
 * How this broker copies partitions from their leaders.
 *
 * @param lanes requests under way to one leader at a time, each with its share of the partitions
 * @param partitionMaxBytes most bytes of one partition in an answer; a batch is never cut
 * @param responseMaxBytes most bytes of one answer
 * @param minBytes a leader waits until it has so many
 * @param waitMaxMs how long it waits
 * @param backoffMs most that is waited after a failure
 * @param requestTimeoutMs a request without an answer for so long counts as lost
 * @param followerRate bytes a second that throttled partitions are copied with
 * @param leaderRate bytes a second that throttled partitions are read with by followers
 * @param window over which both rates are measured
 */
public record FetcherConfig(
        int lanes,
        int partitionMaxBytes,
        int responseMaxBytes,
        int minBytes,
        int waitMaxMs,
        int backoffMs,
        int requestTimeoutMs,
        long followerRate,
        long leaderRate,
        WindowedRate.Window window) {
    static final ConfigKey<Integer> LANES =
            ConfigKey.ofInt("num.replica.fetchers")
                    .where(n -> n >= 1, "at least 1")
                    .withDefault("1")
                    .withDoc("Requests under way to each leader that partitions are copied from.");
    static final ConfigKey<Integer> PARTITION_MAX_BYTES =
            ConfigKey.ofInt("replica.fetch.max.bytes")
                    .where(n -> n >= 0, "at least 0")
                    .withDefault("1048576")
                    .withDoc(
                            "Bytes of one partition that are asked of its leader at a time; a"
                                    + " larger batch comes all the same.");
    static final ConfigKey<Integer> RESPONSE_MAX_BYTES =
            ConfigKey.ofInt("replica.fetch.response.max.bytes")
                    .where(n -> n >= 0, "at least 0")
                    .withDefault("10485760")
                    .withDoc(
                            "Bytes of all partitions that are asked of a leader at a time; a larger"
                                    + " first batch comes all the same.");
    static final ConfigKey<Integer> MIN_BYTES =
            ConfigKey.ofInt("replica.fetch.min.bytes")
                    .withDefault("1")
                    .withDoc("Bytes that a leader waits for before it answers.");
    static final ConfigKey<Integer> WAIT_MAX_MS =
            ConfigKey.ofInt("replica.fetch.wait.max.ms")
                    .withDefault("500")
                    .withDoc(
                            "How long a leader waits for them; well below"
                                    + " replica.lag.time.max.ms.");
    static final ConfigKey<Integer> BACKOFF_MS =
            ConfigKey.ofInt("replica.fetch.backoff.ms")
                    .where(n -> n >= 0, "at least 0")
                    .withDefault("1000")
                    .withDoc("Pause after a fetch failed; the first pauses are shorter.");
    static final ConfigKey<Integer> REQUEST_TIMEOUT_MS =
            ConfigKey.ofInt("replica.socket.timeout.ms")
                    .withDefault("30000")
                    .withDoc("A fetch that a leader has not answered for so long counts as lost.");
    static final ConfigKey<Integer> WINDOW_COUNT =
            ConfigKey.ofInt("replication.quota.window.num")
                    .where(n -> n >= 1, "at least 1")
                    .withDefault("11")
                    .withDoc("Samples kept to measure the rate of throttled replication.");
    static final ConfigKey<Integer> WINDOW_SECONDS =
            ConfigKey.ofInt("replication.quota.window.size.seconds")
                    .where(n -> n >= 1, "at least 1")
                    .withDefault("1")
                    .withDoc("Time of each sample.");

    /** Set by tools while they move replicas; no rate means no limit. */
    public static final ConfigKey<Long> FOLLOWER_RATE = rate("follower.replication.throttled.rate");

    public static final ConfigKey<Long> LEADER_RATE = rate("leader.replication.throttled.rate");

    private static ConfigKey<Long> rate(String name) {
        return ConfigKey.ofLong(name)
                .where(bytes -> bytes >= 0, "at least 0")
                .withDefault(Long.toString(Long.MAX_VALUE))
                .withDoc("Bytes a second for throttled replicas.");
    }

    /** Reads these keys out of the broker's configuration. */
    public static FetcherConfig read(ConfigReader reader) {
        return new FetcherConfig(
                reader.get(LANES),
                reader.get(PARTITION_MAX_BYTES),
                reader.get(RESPONSE_MAX_BYTES),
                reader.get(MIN_BYTES),
                reader.get(WAIT_MAX_MS),
                reader.get(BACKOFF_MS),
                reader.get(REQUEST_TIMEOUT_MS),
                reader.get(FOLLOWER_RATE),
                reader.get(LEADER_RATE),
                new WindowedRate.Window(
                        reader.get(WINDOW_COUNT), reader.get(WINDOW_SECONDS) * 1_000L));
    }

    /** All keys that are described. */
    public static List<ConfigKey<?>> keys() {
        return List.of(
                LANES,
                PARTITION_MAX_BYTES,
                RESPONSE_MAX_BYTES,
                MIN_BYTES,
                WAIT_MAX_MS,
                BACKOFF_MS,
                REQUEST_TIMEOUT_MS,
                WINDOW_COUNT,
                WINDOW_SECONDS);
    }
}
