package io.millrace.system.foreign.kafkaclients;

import java.util.LinkedHashMap;
import java.util.Map;

/** What a scenario found out, in the order in which it did; equal against equal brokers. */
final class Answer {
    private final Map<String, Object> findings = new LinkedHashMap<>();

    /** A call that is expected to be refused. */
    interface Refused {
        void run() throws Exception;
    }

    Answer put(String what, Object found) {
        findings.put(what, found);
        return this;
    }

    /**
     * The name of the exception that the call throws, without its wrapping; or that it threw none.
     */
    Answer refusal(String what, Refused call) {
        try {
            call.run();
            return put(what, "not refused");
        } catch (Exception e) {
            return put(what, name(e));
        }
    }

    static String name(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null
                && (cause instanceof java.util.concurrent.ExecutionException
                        || cause.getClass()
                                .getName()
                                .equals("org.apache.kafka.common.KafkaException"))) {
            cause = cause.getCause();
        }
        return cause.getClass().getSimpleName();
    }

    Map<String, Object> findings() {
        return findings;
    }
}
