package io.millrace.broker.log;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * At which offset each leader epoch of a log began; both rise strictly. Immutable: every change is
 * a new object, so readers on any thread use the published one.
 *
 * <p>File {@code leader-epoch-checkpoint}: a line {@code 0} (version), a line with the number of
 * entries, then lines {@code epoch startOffset}.
 */
public final class LeaderEpochs {
    static final String FILE_NAME = "leader-epoch-checkpoint";
    public static final LeaderEpochs NONE = new LeaderEpochs(List.of());

    /** One epoch and its first offset. */
    public record Entry(int epoch, long startOffset) {}

    /** Answer to "where does this epoch end": the epoch found and the offset after its last. */
    public record End(int epoch, long endOffset) {}

    private final List<Entry> entries;

    private LeaderEpochs(List<Entry> entries) {
        this.entries = List.copyOf(entries);
    }

    public List<Entry> entries() {
        return entries;
    }

    /** Latest epoch, or -1 if nothing was appended under any. */
    public int latest() {
        return entries.isEmpty() ? -1 : entries.get(entries.size() - 1).epoch;
    }

    /** With the epoch beginning at the offset; the same object if the epoch is not new. */
    public LeaderEpochs with(int epoch, long startOffset) {
        if (epoch < 0 || epoch <= latest()) {
            return this;
        }
        List<Entry> changed = new ArrayList<>(entries);
        // An epoch that begins where others began has replaced them: nothing was written in those.
        changed.removeIf(entry -> entry.startOffset >= startOffset);
        changed.add(new Entry(epoch, startOffset));
        return new LeaderEpochs(changed);
    }

    /** After everything from {@code endOffset} on was removed. */
    public LeaderEpochs truncatedToEnd(long endOffset) {
        return new LeaderEpochs(
                entries.stream().filter(entry -> entry.startOffset < endOffset).toList());
    }

    /** After everything below {@code startOffset} was removed. */
    public LeaderEpochs truncatedToStart(long startOffset) {
        int first = -1;
        for (int i = 0; i < entries.size(); i++) {
            if (entries.get(i).startOffset <= startOffset) {
                first = i;
            }
        }
        if (first < 0 || (first == 0 && entries.get(0).startOffset == startOffset)) {
            return this;
        }
        List<Entry> kept = new ArrayList<>(entries.subList(first, entries.size()));
        kept.set(0, new Entry(kept.get(0).epoch, startOffset));
        return new LeaderEpochs(kept);
    }

    /**
     * Where an epoch ends: at the start of the next one, or at the log's end if it is the latest.
     * For an epoch that this log never saw, the largest below it. Null if the log knows none such.
     */
    public @Nullable End endOf(int epoch, long logEndOffset) {
        if (entries.isEmpty() || epoch < 0 || epoch > latest()) {
            return null;
        }
        if (epoch == latest()) {
            return new End(epoch, logEndOffset);
        }
        Entry floor = null;
        for (Entry entry : entries) {
            if (entry.epoch > epoch) {
                // KIP-101, KIP-279: before our first epoch the answer is where that one began.
                return new End(floor == null ? epoch : floor.epoch, entry.startOffset);
            }
            floor = entry;
        }
        return null;
    }

    /** The epoch under which the offset was written, or -1. */
    public int epochOf(long offset) {
        int epoch = -1;
        for (Entry entry : entries) {
            if (entry.startOffset > offset) {
                break;
            }
            epoch = entry.epoch;
        }
        return epoch;
    }

    void write(LogDir dir, Path partitionDirectory, boolean forced) throws IOException {
        StringBuilder text = new StringBuilder("0\n").append(entries.size()).append('\n');
        for (Entry entry : entries) {
            text.append(entry.epoch).append(' ').append(entry.startOffset).append('\n');
        }
        dir.writeWhole(
                partitionDirectory.resolve(FILE_NAME),
                text.toString().getBytes(StandardCharsets.UTF_8),
                forced);
    }

    /** What the file says; nothing if it is missing or damaged (recovery fills it from the log). */
    static LeaderEpochs read(LogDir dir, Path partitionDirectory) throws IOException {
        byte[] bytes = dir.readWhole(partitionDirectory.resolve(FILE_NAME));
        LeaderEpochs epochs = NONE;
        if (bytes == null) {
            return epochs;
        }
        String[] lines = new String(bytes, StandardCharsets.UTF_8).split("\n");
        for (int i = 2; i < lines.length; i++) {
            String[] parts = lines[i].trim().split(" ");
            try {
                epochs = epochs.with(Integer.parseInt(parts[0]), Long.parseLong(parts[1]));
            } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
                return epochs;
            }
        }
        return epochs;
    }

    @Override
    public String toString() {
        return entries.toString();
    }
}
