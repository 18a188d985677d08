package io.millrace.broker.api;

import io.millrace.broker.group.GroupCoordinator;
import io.millrace.broker.share.ShareStateCoordinator;
import io.millrace.broker.txn.TransactionCoordinator;
import java.util.Set;

/** Topics that belong to the broker itself. */
public final class InternalTopics {
    private static final Set<String> NAMES =
            Set.of(
                    GroupCoordinator.OFFSETS_TOPIC,
                    TransactionCoordinator.TOPIC,
                    ShareStateCoordinator.TOPIC);

    private InternalTopics() {}

    public static boolean contains(String topic) {
        return NAMES.contains(topic);
    }
}
