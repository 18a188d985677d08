package io.millrace.benchmarks;

/** One thing to measure; adds its figures for one contestant and one round. */
interface Workload {

    /** For {@code --workload}. */
    String name();

    /** Runs once against a broker whose process does not run yet, and leaves it stopped. */
    void run(Contestant contestant, Figures figures) throws Exception;
}
