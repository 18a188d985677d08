package io.millrace.benchmarks;

import java.util.Map;

/** One thing to measure; adds its figures for one contestant and one round. */
interface Workload {

    /** For {@code --workload}. */
    String name();

    /** What both brokers are told beside their defaults. */
    default Map<String, String> brokerConfig() {
        return Map.of();
    }

    /** Runs once against a broker whose process does not run yet, and leaves it stopped. */
    void run(Contestant contestant, Figures figures) throws Exception;
}
