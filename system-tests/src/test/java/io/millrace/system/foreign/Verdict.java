package io.millrace.system.foreign;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/** How a feature fared on Millrace, beside Apache Kafka. */
enum Verdict {
    SAME("same"),
    WORKS("works"),
    ONLY_MILLRACE("works; Apache refuses"),
    DIFFERENT("differs"),
    FAILS("fails");

    private final String words;

    Verdict(String words) {
        this.words = words;
    }

    String words() {
        return words;
    }

    static Verdict of(@Nullable JsonNode apache, @Nullable JsonNode millrace) {
        if (millrace == null || !millrace.has("answer")) {
            return FAILS;
        }
        if (apache == null || !apache.has("answer")) {
            return ONLY_MILLRACE;
        }
        return apache.get("answer").equals(millrace.get("answer")) ? SAME : DIFFERENT;
    }
}
