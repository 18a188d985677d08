package io.millrace.cli;

import io.millrace.clients.TopicPartition;

/** Partitions as people write them. */
final class Partitions {
    private Partitions() {}

    /**
     * @param text {@code TOPIC-PARTITION}, such as {@code orders-3}
     */
    static TopicPartition parse(String text) {
        int dash = text.lastIndexOf('-');
        try {
            if (dash > 0) {
                int partition = Integer.parseInt(text.substring(dash + 1));
                return new TopicPartition(text.substring(0, dash), partition);
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(wrong(text), e);
        }
        throw new IllegalArgumentException(wrong(text));
    }

    private static String wrong(String text) {
        return "\"" + text + "\" is not TOPIC-PARTITION, for example orders-3";
    }
}
