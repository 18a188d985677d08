package io.millrace.broker.share;

import io.millrace.protocol.message.UuidText;
import java.util.List;
import java.util.UUID;

/** One partition as one share group consumes it. */
public record ShareKey(String groupId, UUID topicId, int partition) {

    /** Whether each of the keys has the form {@code group:topicId:partition}. */
    public static boolean areAll(List<String> keys) {
        return keys.stream().allMatch(ShareKey::isOne);
    }

    private static boolean isOne(String key) {
        int second = key.lastIndexOf(':');
        int first = second < 0 ? -1 : key.lastIndexOf(':', second - 1);
        if (first <= 0) {
            return false;
        }
        try {
            UuidText.parse(key.substring(first + 1, second));
            return Integer.parseInt(key.substring(second + 1)) >= 0;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** The form whose hash decides which shard keeps the state: Kafka's rule. */
    String coordinatorKey() {
        return groupId + ":" + UuidText.of(topicId) + ":" + partition;
    }
}
