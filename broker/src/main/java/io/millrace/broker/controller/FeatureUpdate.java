package io.millrace.broker.controller;

/**
 * A wish to change the level of a feature.
 *
 * @param feature its name on the wire
 * @param level the level wanted; 0 switches the feature off
 */
public record FeatureUpdate(String feature, short level, Direction direction) {

    /** What the level may do; ids are Kafka's. */
    public enum Direction {
        /** A number that means nothing; refused. */
        UNKNOWN(0),
        /** Stay or rise. */
        UPGRADE(1),
        /** Fall, if nothing is lost by it. */
        SAFE_DOWNGRADE(2),
        /** Fall, even if metadata is lost. */
        UNSAFE_DOWNGRADE(3);

        private final int id;

        Direction(int id) {
            this.id = id;
        }

        /** The direction with Kafka's number; {@link #UNKNOWN} for all others. */
        public static Direction of(int id) {
            return id > 0 && id < values().length ? values()[id] : UNKNOWN;
        }

        public int id() {
            return id;
        }
    }
}
