package io.millrace.broker.group;

import io.millrace.base.time.Clock;
import io.millrace.broker.controller.NewTopic;
import io.millrace.broker.group.consumer.MemberState;
import io.millrace.broker.group.streams.StickyTaskAssignor;
import io.millrace.broker.group.streams.StreamsGroupRecord;
import io.millrace.broker.group.streams.StreamsMember;
import io.millrace.broker.group.streams.StreamsRecordFormat;
import io.millrace.broker.group.streams.StreamsTopology;
import io.millrace.broker.group.streams.StreamsTopology.InternalTopic;
import io.millrace.broker.group.streams.TaskReconciliation;
import io.millrace.broker.group.streams.TaskRoles;
import io.millrace.broker.group.streams.TopologyPlan;
import io.millrace.broker.shard.Effects;
import io.millrace.metadata.image.MetadataImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps streams groups as their members and topics want them: plans the topology, divides the
 * tasks, leads members to their targets, and takes out those that are silent or do not follow.
 */
final class StreamsMembership {
    private static final Logger LOGGER = LoggerFactory.getLogger(StreamsMembership.class);

    /** Epochs of streams groups begin here, as in Apache Kafka. */
    private static final int FIRST_EPOCH = 2;

    private final StreamsGroupSettings settings;
    private final Clock clock;
    private final Supplier<MetadataImage> metadata;
    private final GroupTable groups;

    StreamsMembership(
            StreamsGroupSettings settings,
            Clock clock,
            Supplier<MetadataImage> metadata,
            GroupTable groups) {
        this.settings = settings;
        this.clock = clock;
        this.metadata = metadata;
        this.groups = groups;
    }

    /** One event of one group: the only way to change it is to record the change. */
    record Step(StreamsGroup group, Effects effects) {
        void write(StreamsGroupRecord record) {
            effects.append(StreamsRecordFormat.encode(record));
            group.apply(record);
        }
    }

    StreamsGroupSettings settings() {
        return settings;
    }

    /** What the group's topology means with the topics that there are now. */
    TopologyPlan plan(Step step) {
        StreamsGroup group = step.group();
        MetadataImage image = metadata.get();
        TopologyPlan known = group.activity().plan;
        if (known != null && group.activity().plannedAtOffset == image.offset()) {
            return known;
        }
        StreamsTopology topology = group.topology();
        TopologyPlan plan =
                topology == null
                        ? new TopologyPlan(Map.of(), Set.of(), Map.of(), List.of(), List.of())
                        : TopologyPlan.of(topology, image);
        group.activity().plan = plan;
        group.activity().plannedAtOffset = image.offset();
        if (!plan.missing().isEmpty()) {
            step.effects().send(new TopicsNeeded(group.id(), newTopics(plan.missing())));
        }
        return plan;
    }

    private static List<NewTopic> newTopics(List<InternalTopic> missing) {
        List<NewTopic> topics = new ArrayList<>();
        for (InternalTopic topic : missing) {
            topics.add(
                    new NewTopic(
                            topic.name(),
                            OptionalInt.of(topic.partitions()),
                            topic.replicas() > 0
                                    ? OptionalInt.of(topic.replicas())
                                    : OptionalInt.empty(),
                            new TreeMap<>(),
                            topic.configs()));
        }
        return topics;
    }

    /**
     * Raises the epoch and divides the tasks anew if members, topology or topics have changed.
     *
     * @param changed whether the members or the topology have changed
     */
    void update(Step step, boolean changed) {
        StreamsGroup group = step.group();
        TopologyPlan plan = plan(step);
        Set<String> topics = new TreeSet<>();
        plan.sources().values().forEach(topics::addAll);
        long hash =
                TopicHashes.of(topics, metadata.get())
                        + settings.standbys(group.id())
                        + (plan.problems().isEmpty() ? 0 : 1L << 32);
        if (!changed && hash == group.metadataHash()) {
            return;
        }
        int epoch = Math.max(FIRST_EPOCH, group.epoch() + 1);
        step.write(new StreamsGroupRecord.GroupEpoch(group.id(), epoch, hash));
        if (group.isEmpty()) {
            // Nobody is there to be given anything; the next member is.
            return;
        }
        Map<String, TaskRoles> targets =
                StickyTaskAssignor.assign(
                        plan, settings.standbys(group.id()), current(group), group.targets());
        for (StreamsMember member : group.members()) {
            TaskRoles target = targets.getOrDefault(member.id(), TaskRoles.NONE);
            if (!target.equals(group.target(member.id()))) {
                step.write(new StreamsGroupRecord.MemberTarget(group.id(), member.id(), target));
            }
        }
        step.write(new StreamsGroupRecord.TargetEpoch(group.id(), group.epoch(), clock.wallMs()));
    }

    /** Members that run an older version of the application get no tasks. */
    private static List<StreamsMember> current(StreamsGroup group) {
        StreamsTopology topology = group.topology();
        return group.members().stream()
                .filter(
                        member ->
                                topology == null
                                        || member.profile().topologyEpoch() >= topology.epoch())
                .toList();
    }

    /** Leads the member a step nearer to its target. */
    StreamsMember reconcile(Step step, StreamsMember member, @Nullable TaskRoles owned) {
        StreamsGroup group = step.group();
        String process = member.profile().processId();
        StreamsMember.Progress next =
                new TaskReconciliation(
                                group.assignmentEpoch(),
                                group.target(member.id()),
                                (task, active) ->
                                        group.members().stream()
                                                .anyMatch(
                                                        other ->
                                                                !other.id().equals(member.id())
                                                                        && other.blocks(
                                                                                task, active,
                                                                                process)))
                        .next(member.progress(), owned);
        if (next.equals(member.progress())) {
            return member;
        }
        step.write(new StreamsGroupRecord.MemberProgress(group.id(), member.id(), next));
        if (next.state() == MemberState.UNREVOKED_PARTITIONS) {
            expectRevocation(step, member);
        }
        return member.with(next);
    }

    private void expectRevocation(Step step, StreamsMember member) {
        StreamsGroup group = step.group();
        int round = group.activity().revocationRounds.merge(member.id(), 1, Integer::sum);
        step.effects()
                .schedule(
                        Math.max(1, member.profile().rebalanceTimeoutMs()),
                        later -> {
                            StreamsMember now = group.member(member.id());
                            Integer current = group.activity().revocationRounds.get(member.id());
                            if (now != null
                                    && groups.holds(group)
                                    && current != null
                                    && current == round
                                    && now.progress().state() == MemberState.UNREVOKED_PARTITIONS) {
                                remove(
                                        new Step(group, later),
                                        now,
                                        "did not give up its tasks in time");
                            }
                        });
    }

    /** Notes a sign of life. */
    void heard(Step step, String memberId) {
        StreamsGroup group = step.group();
        long deadline = clock.monotonicMs() + settings.sessionTimeoutMs(group.id());
        if (group.activity().sessionDeadlines.put(memberId, deadline) == null) {
            watch(group, memberId, step.effects());
        }
    }

    private void watch(StreamsGroup group, String memberId, Effects effects) {
        Long deadline = group.activity().sessionDeadlines.get(memberId);
        if (deadline == null) {
            return;
        }
        effects.schedule(
                Math.max(1, deadline - clock.monotonicMs()),
                later -> {
                    Long now = group.activity().sessionDeadlines.get(memberId);
                    StreamsMember member = group.member(memberId);
                    if (now == null || member == null || !groups.holds(group)) {
                        return;
                    }
                    if (now > clock.monotonicMs()) {
                        watch(group, memberId, later);
                    } else {
                        remove(new Step(group, later), member, "session timed out");
                    }
                });
    }

    /** The shard was loaded: every member must be heard from within its session time. */
    void watchAll(StreamsGroup group, Effects effects) {
        for (StreamsMember member : group.members()) {
            Step step = new Step(group, effects);
            heard(step, member.id());
            if (member.progress().state() == MemberState.UNREVOKED_PARTITIONS) {
                expectRevocation(step, member);
            }
        }
    }

    /** Takes a member out for good; its tasks are divided among the others. */
    void remove(Step step, StreamsMember member, String why) {
        StreamsGroup group = step.group();
        LOGGER.atInfo()
                .addKeyValue("group", group.id())
                .addKeyValue("member", member.id())
                .addKeyValue("reason", why)
                .log("member removed");
        step.write(new StreamsGroupRecord.MemberProgress(group.id(), member.id(), null));
        step.write(new StreamsGroupRecord.MemberTarget(group.id(), member.id(), null));
        step.write(new StreamsGroupRecord.MemberProfile(group.id(), member.id(), null));
        if (group.isEmpty()) {
            group.activity().shutdownRequested = false;
        }
        update(step, true);
    }

    /** Records that there is no such group any more. */
    void erase(StreamsGroup group, Effects effects) {
        Step step = new Step(group, effects);
        step.write(new StreamsGroupRecord.TargetEpoch(group.id(), null, 0));
        step.write(new StreamsGroupRecord.Topology(group.id(), null));
        step.write(new StreamsGroupRecord.GroupRemoved(group.id()));
        groups.remove(group.id());
    }

    /** Applies one record while the shard loads. */
    void apply(StreamsGroupRecord record) {
        StreamsGroup group = groups.streams(record.group());
        if (record instanceof StreamsGroupRecord.GroupRemoved) {
            if (group != null) {
                groups.remove(record.group());
            }
        } else if (group != null) {
            group.apply(record);
        } else if (!record.removes()) {
            groups.put(new StreamsGroup(record.group())).apply(record);
        }
    }
}
