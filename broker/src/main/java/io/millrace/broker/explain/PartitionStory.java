package io.millrace.broker.explain;

import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.MetadataDelta;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Tells from changes of the metadata what happened to partitions, and why: the cause is in the same
 * change or in the states before and after. Every broker tells the same story. Called on the
 * metadata loop.
 */
public final class PartitionStory {
    private final Timelines timelines;

    public PartitionStory(Timelines timelines) {
        this.timelines = timelines;
    }

    /** Some records were applied. */
    public void onDelta(MetadataDelta delta, long nowMs) {
        Map<Entity, Event> events = new HashMap<>();
        delta.changedPartitions()
                .forEach((topic, indexes) -> add(delta, topic, indexes, nowMs, events));
        for (TopicImage removed : delta.removedTopics()) {
            for (int i = 0; i < removed.partitionCount(); i++) {
                events.put(
                        entity(removed.name(), i),
                        new Event(nowMs, delta.after().offset(), () -> "topic deleted"));
            }
        }
        if (!events.isEmpty()) {
            timelines.note(events);
        }
    }

    private static void add(
            MetadataDelta delta,
            UUID topicId,
            List<Integer> indexes,
            long nowMs,
            Map<Entity, Event> events) {
        TopicImage after = delta.after().topic(topicId);
        TopicImage before = delta.before().topic(topicId);
        if (after == null) {
            return;
        }
        for (int index : indexes) {
            PartitionImage was =
                    before == null || index >= before.partitionCount()
                            ? null
                            : before.partition(index);
            PartitionImage is = after.partition(index);
            if (is == null) {
                continue;
            }
            Brokers brokers = new Brokers(delta.before(), delta.after());
            events.put(
                    entity(after.name(), index),
                    new Event(nowMs, delta.after().offset(), () -> describe(was, is, brokers)));
        }
    }

    /** Holds on to two images; both are shared with everybody else who has them. */
    private record Brokers(MetadataImage before, MetadataImage after) {

        String whyGone(int id) {
            BrokerImage is = after.broker(id);
            BrokerImage was = before.broker(id);
            if (is == null) {
                return "it was unregistered";
            }
            if (was != null && was.epoch() != is.epoch()) {
                return "it stopped without closing its logs and registered again";
            }
            if (is.inControlledShutdown()) {
                return "it shuts down in order";
            }
            return is.fenced()
                    ? "it was fenced: its session ended or its port refused connections"
                    : "";
        }
    }

    private static Entity entity(String topic, int index) {
        return new Entity(Entity.Kind.PARTITION, topic + "-" + index);
    }

    private static String describe(
            @Nullable PartitionImage was, PartitionImage is, Brokers brokers) {
        if (was == null) {
            return "created: replicas " + is.replicas() + ", " + leadership(is);
        }
        List<String> parts = new ArrayList<>();
        if (was.leaderEpoch() != is.leaderEpoch()) {
            parts.add(leadership(is) + ", because " + whyElected(was, is, brokers));
        }
        if (!was.isr().equals(is.isr())) {
            parts.add("in sync " + was.isr() + " -> " + is.isr() + whoChanged(was, is, brokers));
        }
        if (!was.elr().equals(is.elr())) {
            parts.add("eligible though out of sync " + was.elr() + " -> " + is.elr());
        }
        if (!was.replicas().equals(is.replicas())) {
            parts.add("replicas " + was.replicas() + " -> " + is.replicas() + " by reassignment");
        }
        if (parts.isEmpty()) {
            parts.add("partition epoch " + is.partitionEpoch());
        }
        return String.join("; ", parts);
    }

    private static String leadership(PartitionImage is) {
        return (is.hasLeader() ? "broker " + is.leader() + " leads" : "nobody leads")
                + " under epoch "
                + is.leaderEpoch();
    }

    private static String whyElected(PartitionImage was, PartitionImage is, Brokers brokers) {
        if (!is.hasLeader()) {
            return "broker "
                    + was.leader()
                    + " cannot ("
                    + brokers.whyGone(was.leader())
                    + ") and no other replica in sync or eligible is alive";
        }
        if (!was.isr().contains(is.leader()) && !was.elr().contains(is.leader())) {
            return "an unclean election was asked for; acknowledged records may be lost";
        }
        if (!was.hasLeader()) {
            return "it is back and has every acknowledged record";
        }
        if (was.leader() == is.leader()) {
            return "its replicas were changed";
        }
        String gone = brokers.whyGone(was.leader());
        if (!gone.isEmpty()) {
            return "of broker " + was.leader() + ": " + gone;
        }
        if (!is.replicas().contains(was.leader())) {
            return "broker " + was.leader() + " no longer holds the partition";
        }
        return is.replicas().get(0) == is.leader()
                ? "it is the preferred leader"
                : "broker " + was.leader() + " gave it up";
    }

    private static String whoChanged(PartitionImage was, PartitionImage is, Brokers brokers) {
        List<String> reasons = new ArrayList<>();
        for (int left : was.isr()) {
            if (!is.isr().contains(left)) {
                String gone = brokers.whyGone(left);
                reasons.add(
                        left
                                + " left: "
                                + (gone.isEmpty()
                                        ? "it fell behind (replica.lag.time.max.ms)"
                                        : gone));
            }
        }
        for (int joined : is.isr()) {
            if (!was.isr().contains(joined)) {
                reasons.add(joined + " caught up");
            }
        }
        return reasons.isEmpty() ? "" : " (" + String.join(", ", reasons) + ")";
    }
}
