package io.millrace.streams.runtime;

import io.millrace.clients.TopicPartition;
import io.millrace.streams.processor.TaskId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * A record of a task's commit log: an owner's claim, or a commit. Everything the task changed since
 * the commit before counts if and only if the commit is in the log, under the fence of the last
 * claim before it.
 *
 * <p>Format (Java's {@code DataOutput}, version 1): byte version, int fence, two longs owner, long
 * epoch, byte 1 if a commit follows; then lineage, inputs, clocks, marked partitions, each behind
 * an int count.
 *
 * @param owner random id of the one who claimed
 * @param epoch of a commit its number, of a claim the last one known
 * @param commit null in a claim
 */
record CommitRecord(
        int fence, UUID owner, long epoch, @org.jspecify.annotations.Nullable Commit commit) {
    private static final byte VERSION = 1;

    /**
     * What a commit says.
     *
     * @param lineage this commit included
     * @param inputs where to read on
     * @param clocks operator times by name
     * @param marked partitions of repartition topics that hold records of this commit
     */
    record Commit(
            Lineage lineage,
            Map<TopicPartition, Input> inputs,
            Map<String, Long> clocks,
            List<TopicPartition> marked) {
        Commit {
            inputs = Map.copyOf(inputs);
            clocks = Map.copyOf(clocks);
            marked = List.copyOf(marked);
        }
    }

    /**
     * A position in one input partition.
     *
     * @param nextOffset first offset that is not wholly dealt with
     * @param partitionTimeMs highest timestamp processed, -1 if none
     * @param processed last offset processed of each upstream task whose records at or behind
     *     {@code nextOffset} have been processed already
     */
    record Input(long nextOffset, long partitionTimeMs, Map<TaskId, Long> processed) {
        Input {
            processed = Map.copyOf(processed);
        }
    }

    byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeInt(fence);
            out.writeLong(owner.getMostSignificantBits());
            out.writeLong(owner.getLeastSignificantBits());
            out.writeLong(epoch);
            out.writeByte(commit == null ? 0 : 1);
            if (commit != null) {
                write(out, commit);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, Commit commit) throws IOException {
        out.writeInt(commit.lineage().spans().size());
        for (Lineage.Span span : commit.lineage().spans()) {
            out.writeInt(span.fence());
            out.writeLong(span.first());
            out.writeLong(span.last());
        }
        out.writeInt(commit.inputs().size());
        for (Map.Entry<TopicPartition, Input> entry : commit.inputs().entrySet()) {
            write(out, entry.getKey());
            out.writeLong(entry.getValue().nextOffset());
            out.writeLong(entry.getValue().partitionTimeMs());
            out.writeInt(entry.getValue().processed().size());
            for (Map.Entry<TaskId, Long> upstream : entry.getValue().processed().entrySet()) {
                out.writeInt(upstream.getKey().subtopology());
                out.writeInt(upstream.getKey().partition());
                out.writeLong(upstream.getValue());
            }
        }
        out.writeInt(commit.clocks().size());
        for (Map.Entry<String, Long> clock : commit.clocks().entrySet()) {
            out.writeUTF(clock.getKey());
            out.writeLong(clock.getValue());
        }
        out.writeInt(commit.marked().size());
        for (TopicPartition partition : commit.marked()) {
            write(out, partition);
        }
    }

    private static void write(DataOutputStream out, TopicPartition partition) throws IOException {
        out.writeUTF(partition.topic());
        out.writeInt(partition.partition());
    }

    static CommitRecord read(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            byte version = in.readByte();
            if (version != VERSION) {
                throw new IllegalStateException(
                        "commit record has version "
                                + version
                                + ", this program reads "
                                + VERSION
                                + "; run a newer one");
            }
            int fence = in.readInt();
            UUID owner = new UUID(in.readLong(), in.readLong());
            long epoch = in.readLong();
            return new CommitRecord(
                    fence, owner, epoch, in.readByte() == 1 ? readCommit(in) : null);
        } catch (IOException e) {
            throw new UncheckedIOException("commit record of " + bytes.length + " bytes ends", e);
        }
    }

    private static Commit readCommit(DataInputStream in) throws IOException {
        List<Lineage.Span> spans = new ArrayList<>();
        for (int count = in.readInt(); count > 0; count--) {
            spans.add(new Lineage.Span(in.readInt(), in.readLong(), in.readLong()));
        }
        Map<TopicPartition, Input> inputs = new HashMap<>();
        for (int count = in.readInt(); count > 0; count--) {
            TopicPartition partition = readPartition(in);
            long nextOffset = in.readLong();
            long time = in.readLong();
            Map<TaskId, Long> processed = new HashMap<>();
            for (int upstream = in.readInt(); upstream > 0; upstream--) {
                processed.put(new TaskId(in.readInt(), in.readInt()), in.readLong());
            }
            inputs.put(partition, new Input(nextOffset, time, processed));
        }
        Map<String, Long> clocks = new HashMap<>();
        for (int count = in.readInt(); count > 0; count--) {
            clocks.put(in.readUTF(), in.readLong());
        }
        List<TopicPartition> marked = new ArrayList<>();
        for (int count = in.readInt(); count > 0; count--) {
            marked.add(readPartition(in));
        }
        return new Commit(new Lineage(spans), inputs, clocks, marked);
    }

    private static TopicPartition readPartition(DataInputStream in) throws IOException {
        return new TopicPartition(in.readUTF(), in.readInt());
    }
}
