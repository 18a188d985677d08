package io.millrace.broker.controller;

/** What a topic's configuration says about its replicas. */
public interface TopicTerms {

    /** Value of {@code min.insync.replicas}. */
    int minIsr(String topic);

    /** Value of {@code unclean.leader.election.enable}. */
    boolean uncleanElection(String topic);

    /** The same minimum for all topics, and no unclean elections. */
    static TopicTerms of(int minIsr) {
        return new TopicTerms() {
            @Override
            public int minIsr(String topic) {
                return minIsr;
            }

            @Override
            public boolean uncleanElection(String topic) {
                return false;
            }
        };
    }
}
