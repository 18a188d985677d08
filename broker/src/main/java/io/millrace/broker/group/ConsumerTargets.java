package io.millrace.broker.group;

import io.millrace.base.time.Clock;
import io.millrace.broker.group.assignor.Assignor;
import io.millrace.broker.group.assignor.GroupSpec;
import io.millrace.broker.group.assignor.PartitionSet;
import io.millrace.broker.group.assignor.RangeAssignor;
import io.millrace.broker.group.assignor.UniformAssignor;
import io.millrace.broker.group.consumer.ConsumerGroupRecord;
import io.millrace.broker.group.consumer.ConsumerMember;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.TopicImage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Raises the epochs of consumer groups when what their members ask for or the topics have changed,
 * and makes the target assignments. Large assignments are made beside the shard's loop, so that one
 * group does not hold up the others; changes within the assignment interval share one assignment.
 */
final class ConsumerTargets {
    /** Members and partitions up to which an assignment is made at once. */
    private static final int AT_ONCE = 2_000;

    private static final Logger LOGGER = LoggerFactory.getLogger(ConsumerTargets.class);

    private static final Map<String, Assignor> ASSIGNORS =
            Map.of(
                    UniformAssignor.NAME, new UniformAssignor(),
                    RangeAssignor.NAME, new RangeAssignor());

    private final GroupSettings settings;
    private final Clock clock;
    private final Supplier<MetadataImage> metadata;
    private final GroupTable groups;

    ConsumerTargets(
            GroupSettings settings,
            Clock clock,
            Supplier<MetadataImage> metadata,
            GroupTable groups) {
        this.settings = settings;
        this.clock = clock;
        this.metadata = metadata;
        this.groups = groups;
    }

    /**
     * Raises the group's epoch if it must be, and makes its assignment if it is due.
     *
     * @param changed whether members or their subscriptions have changed
     */
    void update(ConsumerStep step, boolean changed) {
        raise(step, changed);
        assign(step);
    }

    /** Raises the epoch if it must be; the assignment is made with the next heartbeat. */
    void raise(ConsumerStep step, boolean changed) {
        ConsumerGroup group = step.group();
        MetadataImage image = metadata.get();
        if (!changed && group.activity().comparedAtOffset == image.offset()) {
            return;
        }
        long hash = TopicHashes.of(group.subscribedTopics(), image);
        group.activity().comparedAtOffset = image.offset();
        boolean isNew = group.epoch() == 0;
        if (changed || isNew || hash != group.metadataHash()) {
            // As in Kafka a group begins in epoch 1, and its first subscription is a change.
            int next = group.epoch() + (isNew && changed ? 2 : 1);
            step.write(new ConsumerGroupRecord.GroupEpoch(group.id(), next, hash));
        }
    }

    private void assign(ConsumerStep step) {
        ConsumerGroup group = step.group();
        if (group.epoch() <= group.assignmentEpoch()
                || group.isEmpty()
                || group.activity().assigning) {
            return;
        }
        long waitMs = untilDueMs(group);
        if (waitMs > 0) {
            group.activity().assigning = true;
            step.effects()
                    .schedule(
                            waitMs,
                            later -> {
                                group.activity().assigning = false;
                                if (groups.holds(group)) {
                                    assign(new ConsumerStep(group, later));
                                }
                            });
            return;
        }
        Assignor assignor = assignorOf(group);
        GroupSpec spec = specOf(group);
        int epoch = group.epoch();
        if (spec.size() <= AT_ONCE || group.assignmentEpoch() == 0) {
            install(step, epoch, assignor.assign(spec));
            return;
        }
        group.activity().assigning = true;
        step.effects()
                .offload(
                        () -> assignor.assign(spec),
                        (assigned, later) -> {
                            group.activity().assigning = false;
                            if (groups.holds(group)) {
                                ConsumerStep next = new ConsumerStep(group, later);
                                install(next, epoch, assigned);
                                assign(next);
                            }
                        });
    }

    private long untilDueMs(ConsumerGroup group) {
        if (group.assignmentEpoch() == 0) {
            return 0;
        }
        long intervalMs = settings.assignmentIntervalMs(group.id());
        // The wall clock may jump: never wait longer than the interval.
        return Math.min(intervalMs, group.assignedAtMs() + intervalMs - clock.wallMs());
    }

    private Assignor assignorOf(ConsumerGroup group) {
        List<String> offered = settings.assignors();
        Assignor preferred = ASSIGNORS.get(group.preferredAssignor(offered.get(0)));
        return preferred == null ? new UniformAssignor() : preferred;
    }

    private GroupSpec specOf(ConsumerGroup group) {
        MetadataImage image = metadata.get();
        Map<UUID, Integer> counts = new HashMap<>();
        Map<Set<String>, Set<UUID>> idsByNames = new HashMap<>();
        TreeMap<String, GroupSpec.MemberSpec> members = new TreeMap<>();
        for (ConsumerMember member : group.members()) {
            Set<UUID> ids =
                    idsByNames.computeIfAbsent(
                            group.topicsOf(member), names -> idsOf(names, image, counts));
            members.put(
                    member.id(),
                    new GroupSpec.MemberSpec(
                            member.profile().instanceId(), ids, group.target(member.id())));
        }
        return new GroupSpec(counts, members);
    }

    private static Set<UUID> idsOf(
            Set<String> names, MetadataImage image, Map<UUID, Integer> counts) {
        Set<UUID> ids = new HashSet<>();
        for (String name : names) {
            TopicImage topic = image.topic(name);
            if (topic != null) {
                ids.add(topic.id());
                counts.put(topic.id(), topic.partitionCount());
            }
        }
        return ids;
    }

    private void install(ConsumerStep step, int epoch, Map<String, PartitionSet> assigned) {
        ConsumerGroup group = step.group();
        for (ConsumerMember member : group.members()) {
            PartitionSet target = assigned.get(member.id());
            if (target != null && !target.equals(group.target(member.id()))) {
                step.write(new ConsumerGroupRecord.MemberTarget(group.id(), member.id(), target));
            }
        }
        step.write(new ConsumerGroupRecord.TargetEpoch(group.id(), epoch, clock.wallMs()));
        LOGGER.atInfo()
                .addKeyValue("group", group.id())
                .addKeyValue("epoch", epoch)
                .addKeyValue("members", group.size())
                .log("group has a new target assignment");
    }
}
