package io.millrace.simulation.model.replication;

/**
 * How far a search goes. All are small: the number of states grows with the product.
 *
 * @param records that producers write
 * @param leaderEpoch highest
 * @param partitionEpoch highest
 * @param crashes that lose any part of what is not on the device
 * @param falseAlarms brokers fenced though they live
 * @param lostAnswers proposals of an ISR whose outcome the leader does not learn
 * @param messages on their way at a time
 */
public record Bounds(
        int records,
        int leaderEpoch,
        int partitionEpoch,
        int crashes,
        int falseAlarms,
        int lostAnswers,
        int messages,
        int minIsr,
        boolean flushOnAck) {

    /** Small enough for a quick check, large enough for every known loss. */
    public static Bounds small() {
        return new Bounds(2, 3, 7, 1, 1, 1, 2, 2, false);
    }
}
