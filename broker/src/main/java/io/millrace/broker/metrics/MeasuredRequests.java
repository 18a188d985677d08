package io.millrace.broker.metrics;

import io.millrace.base.metrics.Metrics;
import io.millrace.base.time.Clock;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Requests, bytes, failures and latencies of each API, from its first request on. Stages: {@code
 * handle} from the complete frame until the handler has returned, {@code wait} until the answer is
 * there (long polls, acknowledgements), {@code respond} until it is handed to the connection;
 * {@code total} is all of them.
 */
final class MeasuredRequests implements RequestMetrics {
    private final Metrics metrics;
    private final Clock clock;
    private final Map<ApiKey, Api> apis = new ConcurrentHashMap<>();

    MeasuredRequests(Metrics metrics, Clock clock) {
        this.metrics = metrics;
        this.clock = clock;
    }

    @Override
    public Stopwatch begin(ApiKey key, int bytes) {
        Api api = apis.computeIfAbsent(key, Api::new);
        api.requests.add(1);
        api.bytesIn.add(bytes);
        return new Running(api);
    }

    private final class Api {
        private final String name;
        private final Metrics.Counter requests;
        private final Metrics.Counter bytesIn;
        private final Metrics.Counter bytesOut;
        private final Metrics.Timing handle;
        private final Metrics.Timing waiting;
        private final Metrics.Timing respond;
        private final Metrics.Timing total;

        Api(ApiKey key) {
            name = key.toString();
            Map<String, String> tags = Map.of("api", name);
            requests = metrics.counter("millrace.requests", tags);
            bytesIn = metrics.counter("millrace.request.bytes", tags);
            bytesOut = metrics.counter("millrace.response.bytes", tags);
            handle = stage("handle");
            waiting = stage("wait");
            respond = stage("respond");
            total = stage("total");
        }

        private Metrics.Timing stage(String stage) {
            return metrics.timing("millrace.request.time", Map.of("api", name, "stage", stage));
        }
    }

    private final class Running implements Stopwatch {
        private final Api api;
        private final long began = clock.nanos();
        private long handled = began;
        private long answered = began;

        Running(Api api) {
            this.api = api;
        }

        @Override
        public void handled() {
            handled = clock.nanos();
        }

        @Override
        public void answered() {
            answered = clock.nanos();
        }

        @Override
        public void failed(ErrorCode error) {
            metrics.counter(
                            "millrace.request.failures",
                            Map.of("api", api.name, "error", error.name()))
                    .add(1);
        }

        @Override
        public void responded(long bytes) {
            long now = clock.nanos();
            api.bytesOut.add(bytes);
            api.handle.record(handled - began);
            api.waiting.record(Math.max(0, answered - handled));
            api.respond.record(now - answered);
            api.total.record(now - began);
        }
    }
}
