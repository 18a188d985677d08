package io.millrace.broker.partition;

import io.millrace.broker.log.LogDamage;
import io.millrace.broker.log.TopicPartition;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known to be damaged in one log of this broker: the lowest offset, told once to the
 * operator and once to whoever can hand the partition to another replica. Any thread.
 */
final class DamageReports {
    private static final Logger LOGGER = LoggerFactory.getLogger(DamageReports.class);

    private final TopicPartition id;
    private final Consumer<LogDamage> listener;
    private final AtomicReference<@Nullable LogDamage> lowest = new AtomicReference<>();

    DamageReports(TopicPartition id, Consumer<LogDamage> listener) {
        this.id = id;
        this.listener = listener;
    }

    /** The lowest damage known, or null. */
    @Nullable LogDamage known() {
        return lowest.get();
    }

    void report(LogDamage damage) {
        LogDamage before = lowest.getAndUpdate(known -> lower(known, damage));
        if (before == null || damage.offset() < before.offset()) {
            LOGGER.atError()
                    .addKeyValue("partition", id)
                    .addKeyValue("offset", damage.offset())
                    .addKeyValue("file", damage.file())
                    .addKeyValue("byte", damage.position())
                    .addKeyValue("problem", damage.why())
                    .log(
                            "records on this disk are damaged and are not served; another replica"
                                    + " takes over if there is one in sync, then this copy is"
                                    + " fetched again. Without one, restore the file or delete the"
                                    + " records up to there (DeleteRecords)");
            listener.accept(damage);
        }
    }

    private static LogDamage lower(@Nullable LogDamage known, LogDamage found) {
        return known == null || found.offset() < known.offset() ? found : known;
    }

    /** The log was cut before the damage and is fetched again. */
    void repaired(long endOffset) {
        lowest.updateAndGet(known -> known == null || known.offset() >= endOffset ? null : known);
    }
}
