package io.millrace.system.foreign.kafkaclients;

import java.util.LinkedHashMap;
import java.util.Map;

/** Scenarios by the feature that they show. */
final class Scenarios {
    private final Map<String, Scenario> byFeature = new LinkedHashMap<>();

    /** One thing a user does; it has topics, groups and transactional ids of its own. */
    interface Scenario {
        void run(Answer answer) throws Exception;
    }

    void add(String feature, Scenario scenario) {
        byFeature.put(feature, scenario);
    }

    Map<String, Scenario> byFeature() {
        return byFeature;
    }
}
