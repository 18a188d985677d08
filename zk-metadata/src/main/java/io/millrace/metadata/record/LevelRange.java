package io.millrace.metadata.record;

/** Levels of a feature that a broker can work with, both ends included. */
public record LevelRange(int lowest, int highest) {
    public LevelRange {
        if (lowest < 0 || highest < lowest) {
            throw new IllegalArgumentException("levels " + lowest + " to " + highest);
        }
    }

    public boolean contains(int level) {
        return level >= lowest && level <= highest;
    }

    @Override
    public String toString() {
        return lowest + " to " + highest;
    }
}
