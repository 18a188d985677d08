package io.millrace.simulation.model.replication;

import io.millrace.broker.log.LeaderEpochs;
import io.millrace.broker.replication.Digest;
import java.util.Arrays;

/**
 * A log of bare numbers: each entry has the epoch under which it was written and a value. The
 * epochs are kept by production code. Immutable.
 *
 * @param flushed entries that a loss of power leaves
 */
record ModelLog(int[] entryEpochs, int[] values, LeaderEpochs epochs, int flushed) {
    static final ModelLog EMPTY = new ModelLog(new int[0], new int[0], LeaderEpochs.NONE, 0);

    int end() {
        return values.length;
    }

    ModelLog with(int epoch, int value) {
        int end = end();
        int[] moreEpochs = Arrays.copyOf(entryEpochs, end + 1);
        int[] moreValues = Arrays.copyOf(values, end + 1);
        moreEpochs[end] = epoch;
        moreValues[end] = value;
        return new ModelLog(moreEpochs, moreValues, epochs.with(epoch, end), flushed);
    }

    /** Cut there, with the epochs that production code says remain. */
    ModelLog cut(int end, LeaderEpochs remaining) {
        return new ModelLog(
                Arrays.copyOf(entryEpochs, end),
                Arrays.copyOf(values, end),
                remaining,
                Math.min(flushed, end));
    }

    /** After a crash that left only so much; recovery finds the epochs in the entries. */
    ModelLog recovered(int end) {
        return cut(end, epochs.truncatedToEnd(end)).flushedWhole();
    }

    ModelLog flushedWhole() {
        return new ModelLog(entryEpochs, values, epochs, end());
    }

    boolean holds(int offset, int epoch, int value) {
        return offset < end() && entryEpochs[offset] == epoch && values[offset] == value;
    }

    void digest(Digest to) {
        to.add(end()).add(flushed);
        for (int i = 0; i < end(); i++) {
            to.add(entryEpochs[i]).add(values[i]);
        }
        for (LeaderEpochs.Entry entry : epochs.entries()) {
            to.add(entry.epoch()).add(entry.startOffset());
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ModelLog log
                && Arrays.equals(entryEpochs, log.entryEpochs)
                && Arrays.equals(values, log.values)
                && epochs.entries().equals(log.epochs.entries())
                && flushed == log.flushed;
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("[");
        for (int i = 0; i < end(); i++) {
            text.append(i == flushed && i > 0 ? "|" : i == 0 ? "" : " ");
            text.append(values[i]).append("@").append(entryEpochs[i]);
        }
        return text.append("]").toString();
    }
}
