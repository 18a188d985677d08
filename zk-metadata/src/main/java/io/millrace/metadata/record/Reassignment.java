package io.millrace.metadata.record;

import java.util.List;

/**
 * A partition on its way from some nodes to others. While it is under way the partition's replicas
 * are {@link #all}: the target first, then those that will go.
 *
 * @param original replicas when it began; what cancelling returns to
 * @param target replicas it shall end with, preferred leader first
 */
public record Reassignment(List<Integer> original, List<Integer> target) {
    /** Nothing is moved. */
    public static final Reassignment NONE = new Reassignment(List.of(), List.of());

    public Reassignment {
        original = List.copyOf(original);
        target = List.copyOf(target);
        if (original.isEmpty() != target.isEmpty()) {
            throw new IllegalArgumentException("reassignment of " + original + " to " + target);
        }
    }

    public boolean isUnderWay() {
        return !target.isEmpty();
    }

    /** Nodes that get a replica. */
    public List<Integer> adding() {
        return target.stream().filter(id -> !original.contains(id)).toList();
    }

    /** Nodes that will lose theirs. */
    public List<Integer> removing() {
        return original.stream().filter(id -> !target.contains(id)).toList();
    }

    /** Nodes that hold the partition meanwhile. */
    public List<Integer> all() {
        return java.util.stream.Stream.concat(target.stream(), removing().stream()).toList();
    }

    void write(RecordOutput out) {
        out.writeInts(original);
        out.writeInts(target);
    }

    static Reassignment read(RecordInput in) {
        return new Reassignment(in.readInts(), in.readInts());
    }
}
