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
 * @param inSync brokers that are in sync at the beginning, of three; the others are not, though
 *     they live
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
        boolean flushOnAck,
        int inSync) {

    /** All in sync; one broker may crash and lose any part of its log. */
    public static Bounds oneCrash() {
        return new Bounds(1, 2, 6, 1, 1, 1, 2, 2, false, 3);
    }

    /** Two epochs of records, nobody crashes: logs part and come together again. */
    public static Bounds divergingLogs() {
        return new Bounds(2, 3, 7, 0, 2, 0, 2, 1, false, 3);
    }

    /** One follower comes back into the ISR. */
    public static Bounds rejoin() {
        return new Bounds(1, 2, 6, 0, 1, 1, 2, 2, false, 2);
    }

    /** Every broker may lose what it did not force to its device. */
    public static Bounds powerLoss() {
        return new Bounds(1, 4, 9, 3, 0, 0, 1, 2, true, 3);
    }
}
