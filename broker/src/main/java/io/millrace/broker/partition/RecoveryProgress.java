package io.millrace.broker.partition;

import io.millrace.base.time.Clock;
import io.millrace.broker.log.LogDirectory;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How many logs of each directory are still to be recovered after an unclean stop. Any thread. */
public final class RecoveryProgress {
    private static final Logger LOGGER = LoggerFactory.getLogger(RecoveryProgress.class);

    /** The log tells of every so many, and of the last. */
    private static final int REPORT_EVERY = 500;

    private final Clock clock;
    private final Map<LogDirectory, AtomicInteger> remaining = new ConcurrentHashMap<>();
    private volatile long startedNanos;

    RecoveryProgress(Clock clock) {
        this.clock = clock;
    }

    void begin(Map<LogDirectory, Integer> logs) {
        startedNanos = clock.nanos();
        logs.forEach(
                (directory, count) -> {
                    remaining.put(directory, new AtomicInteger(count));
                    LOGGER.atInfo()
                            .addKeyValue("directory", directory.root())
                            .addKeyValue("logs", count)
                            .log("recovering logs");
                });
    }

    void recovered(Partition partition) {
        LogDirectory directory = partition.directory();
        AtomicInteger left = remaining.get(directory);
        int now = left == null ? -1 : left.decrementAndGet();
        if (now == 0 || (now > 0 && now % REPORT_EVERY == 0)) {
            LOGGER.atInfo()
                    .addKeyValue("directory", directory.root())
                    .addKeyValue("remaining", now)
                    .addKeyValue("ms", TimeUnit.NANOSECONDS.toMillis(clock.nanos() - startedNanos))
                    .log(now == 0 ? "logs are recovered" : "recovering logs");
        }
    }

    /** Logs that nobody has looked at yet. */
    public int remaining(LogDirectory directory) {
        AtomicInteger left = remaining.get(directory);
        return left == null ? 0 : Math.max(0, left.get());
    }
}
