package io.millrace.broker.partition;

import io.millrace.broker.log.LogDamage;
import io.millrace.broker.log.TopicPartition;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known to be damaged in one log of this broker: the lowest offset, told once to the
 * operator. Any thread.
 */
final class DamageReports {
    private static final Logger LOGGER = LoggerFactory.getLogger(DamageReports.class);

    private final TopicPartition id;
    private final AtomicReference<@Nullable LogDamage> lowest = new AtomicReference<>();

    DamageReports(TopicPartition id) {
        this.id = id;
    }

    /** The lowest damage known, or null. */
    @Nullable LogDamage known() {
        return lowest.get();
    }

    /** Takes note of damage; says whether it is lower than what was known. */
    boolean report(LogDamage damage) {
        LogDamage before = lowest.getAndUpdate(known -> lower(known, damage));
        boolean news = before == null || damage.offset() < before.offset();
        if (news) {
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
        }
        return news;
    }

    private static LogDamage lower(@Nullable LogDamage known, LogDamage found) {
        return known == null || found.offset() < known.offset() ? found : known;
    }

    /** The log was cut before the damage and is fetched again. */
    void repaired(long endOffset) {
        lowest.updateAndGet(known -> known == null || known.offset() >= endOffset ? null : known);
    }
}
