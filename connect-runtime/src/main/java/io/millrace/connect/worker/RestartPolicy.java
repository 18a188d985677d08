package io.millrace.connect.worker;

import io.millrace.base.config.ConfigException;
import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigReader;
import io.millrace.base.time.RandomSource;
import io.millrace.connect.task.RootCause;
import java.util.HashMap;
import java.util.Map;

/**
 * When failed connectors and tasks start again by themselves. Waits double from the first to the
 * longest, with up to a fifth of jitter; running well for {@code resetMs} forgets earlier failures.
 * A wrong configuration is not tried again: only a new one helps. A connector may override each
 * key.
 *
 * @param maxAttempts without success in between; -1 for no limit
 */
public record RestartPolicy(
        boolean enabled, long firstDelayMs, long maxDelayMs, int maxAttempts, long resetMs) {
    private static final ConfigKey<Boolean> ENABLED =
            ConfigKey.ofBoolean("errors.restart.enable").withDefault("true");
    private static final ConfigKey<Long> FIRST =
            ConfigKey.ofLong("errors.restart.delay.ms").withDefault("1000");
    private static final ConfigKey<Long> MAX =
            ConfigKey.ofLong("errors.restart.delay.max.ms").withDefault("60000");
    private static final ConfigKey<Integer> ATTEMPTS =
            ConfigKey.ofInt("errors.restart.max.attempts").withDefault("-1");
    private static final ConfigKey<Long> RESET =
            ConfigKey.ofLong("errors.restart.reset.ms").withDefault("60000");

    static RestartPolicy read(ConfigReader reader) {
        return new RestartPolicy(
                reader.get(ENABLED),
                reader.get(FIRST),
                reader.get(MAX),
                reader.get(ATTEMPTS),
                reader.get(RESET));
    }

    /** This policy with what a connector's config says instead. */
    RestartPolicy forConnector(Map<String, String> config) {
        Map<String, String> values = new HashMap<>();
        values.put(ENABLED.name(), Boolean.toString(enabled));
        values.put(FIRST.name(), Long.toString(firstDelayMs));
        values.put(MAX.name(), Long.toString(maxDelayMs));
        values.put(ATTEMPTS.name(), Integer.toString(maxAttempts));
        values.put(RESET.name(), Long.toString(resetMs));
        config.forEach((key, value) -> values.computeIfPresent(key, (k, old) -> value));
        try {
            return read(new ConfigReader("connector", values));
        } catch (ConfigException e) {
            return this;
        }
    }

    /** Whether to start again after this failure, {@code failures} in a row. */
    boolean again(Throwable failure, int failures) {
        boolean wrongConfig =
                RootCause.of(failure) instanceof org.apache.kafka.common.config.ConfigException
                        || failure instanceof org.apache.kafka.common.config.ConfigException
                        || failure instanceof ConfigException;
        return enabled && !wrongConfig && (maxAttempts < 0 || failures <= maxAttempts);
    }

    long delayMs(int failures, RandomSource random) {
        long doubled = firstDelayMs << Math.min(20, Math.max(0, failures - 1));
        long delay = Math.min(maxDelayMs, Math.max(firstDelayMs, doubled));
        return delay + random.nextInt((int) Math.max(1, Math.min(delay / 5, 60_000)));
    }
}
