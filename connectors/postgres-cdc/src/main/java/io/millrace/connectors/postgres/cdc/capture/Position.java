package io.millrace.connectors.postgres.cdc.capture;

/**
 * A place in the change stream, totally ordered because pgoutput delivers transactions in commit
 * order: where the transaction's commit record starts, and how many of its changes are done. Row
 * positions would not do: they repeat (multi-row insert) and interleave between transactions.
 */
public record Position(long commitLsn, long index) implements Comparable<Position> {
    public Position {
        if (index < 0) {
            throw new IllegalArgumentException("index " + index + " of a change is negative");
        }
    }

    @Override
    public int compareTo(Position other) {
        int byLsn = Long.compareUnsigned(commitLsn, other.commitLsn);
        return byLsn != 0 ? byLsn : Long.compare(index, other.index);
    }
}
