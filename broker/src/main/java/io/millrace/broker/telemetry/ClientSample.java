package io.millrace.broker.telemetry;

import java.util.SortedMap;

/**
 * One value that a client sent.
 *
 * @param series what it is a value of
 * @param delta whether it is the growth since the last push
 */
record ClientSample(Series series, double value, boolean delta) {

    /**
     * One metric with its labels.
     *
     * @param metric the client's name for it, {@code org.apache.kafka.producer.record.send.total}
     */
    record Series(String metric, SortedMap<String, String> labels) {}
}
