package io.millrace.simulation.history;

import java.util.List;
import java.util.Set;

/**
 * Something seen from inside, or done to the cluster. Where a probe is missing, its checks pass.
 */
public sealed interface Probe extends Body {

    /** A member of a group was given partitions (the whole assignment), in this generation. */
    record Assigned(String group, String member, int generation, Set<String> partitions)
            implements Probe {
        public Assigned {
            partitions = Set.copyOf(partitions);
        }
    }

    /** A leader let acks=all writes up to {@code offset} pass. */
    record Accepted(
            int broker, String partition, int leaderEpoch, long offset, int inSync, int minInSync)
            implements Probe {}

    /** What a leader shows of its partition, once its high watermark has reached its own epoch. */
    record Shown(
            int broker,
            String partition,
            int leaderEpoch,
            long highWatermark,
            long lastStableOffset,
            long logStartOffset)
            implements Probe {}

    /**
     * One batch in the log of one in-sync replica, all of them looked at while nothing is written.
     *
     * @param committed whether it lies below the high watermark of the current leader
     */
    record Stored(
            int broker,
            String partition,
            long offset,
            int leaderEpoch,
            long checksum,
            boolean committed)
            implements Probe {}

    /** A broker's image of the metadata. */
    record Image(int broker, long offset, int controllerEpoch, long hash) implements Probe {}

    /** One record of the metadata log. */
    record MetadataRecord(long offset, int controllerEpoch) implements Probe {}

    /** A partition's leadership as the metadata log gives it, in the order of the log. */
    record Leadership(
            String topicId,
            String partition,
            long metadataOffset,
            int leader,
            int leaderEpoch,
            List<Integer> inSync,
            List<Integer> eligible,
            boolean unclean)
            implements Probe {
        public Leadership {
            inSync = List.copyOf(inSync);
            eligible = List.copyOf(eligible);
        }
    }

    /** A broker acted on a leadership record of the metadata log. */
    record Acted(int broker, String partition, long metadataOffset, long registrationOffset)
            implements Probe {}

    /** A fault begins or ends, such as {@code kill broker 2}. */
    record Fault(String what, boolean begins) implements Probe {}

    /** Everything is whole again, and has been for longer than any transaction may stay open. */
    record Quiet() implements Probe {}
}
