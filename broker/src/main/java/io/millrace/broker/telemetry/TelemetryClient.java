package io.millrace.broker.telemetry;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One client as of its latest request. Immutable.
 *
 * @param attributes who it is
 * @param subscription what it was told to send
 * @param heardMs when it last asked or pushed, on the monotonic clock
 * @param mayPush whether it has not pushed since it asked
 * @param terminated whether its last push said that it goes
 * @param values what it sent, by series; growth is added up
 */
record TelemetryClient(
        ClientAttributes attributes,
        Assignment subscription,
        long heardMs,
        boolean mayPush,
        boolean terminated,
        Map<ClientSample.Series, Double> values) {
    /** Series kept per client; what comes beyond is left out. */
    private static final int MAX_SERIES = 2_000;

    /**
     * What a client shall send.
     *
     * @param id changes with the content
     * @param metrics prefixes; none = nothing
     */
    record Assignment(int id, List<String> metrics, int intervalMs) {}

    static TelemetryClient asking(
            ClientAttributes attributes, Assignment subscription, long nowMs) {
        return new TelemetryClient(attributes, subscription, nowMs, true, false, Map.of());
    }

    TelemetryClient askedAgain(Assignment now, long nowMs) {
        return new TelemetryClient(attributes, now, nowMs, true, terminated, values);
    }

    TelemetryClient pushed(List<ClientSample> samples, boolean last, long nowMs) {
        Map<ClientSample.Series, Double> merged = new HashMap<>();
        for (ClientSample sample : samples) {
            Double before = values.get(sample.series());
            double value =
                    sample.delta() && before != null ? before + sample.value() : sample.value();
            if (merged.size() < MAX_SERIES) {
                merged.put(sample.series(), value);
            }
        }
        // A counter that did not grow is not sent again, but goes on to count.
        for (Map.Entry<ClientSample.Series, Double> known : values.entrySet()) {
            if (merged.size() < MAX_SERIES) {
                merged.putIfAbsent(known.getKey(), known.getValue());
            }
        }
        return new TelemetryClient(
                attributes, subscription, nowMs, false, last, Map.copyOf(merged));
    }

    /** Whether it sends requests faster than it was told. */
    boolean tooEarly(long nowMs) {
        return nowMs - heardMs < subscription.intervalMs();
    }
}
