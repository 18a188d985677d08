package io.millrace.broker.group;

import io.millrace.base.time.Clock;
import io.millrace.broker.group.assignor.PartitionSet;
import io.millrace.broker.group.consumer.AssignedPartitions;
import io.millrace.broker.group.consumer.ConsumerGroupRecord;
import io.millrace.broker.group.consumer.ConsumerMember;
import io.millrace.broker.group.consumer.ConsumerMember.Classic;
import io.millrace.broker.group.consumer.ConsumerMember.Profile;
import io.millrace.broker.group.consumer.ConsumerMember.Progress;
import io.millrace.broker.group.consumer.MemberState;
import io.millrace.broker.shard.Effects;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ConsumerProtocolSubscription;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes the protocol of a group while members are in it: to the consumer protocol when the first
 * member that speaks it joins, back to the classic one when the last such member is gone.
 */
final class ConsumerMigration {
    private static final Logger LOGGER = LoggerFactory.getLogger(ConsumerMigration.class);

    private final GroupConfig config;
    private final GroupSettings settings;
    private final Clock clock;
    private final Supplier<MetadataImage> metadata;
    private final GroupTable groups;
    private final Rebalance rebalance;

    ConsumerMigration(
            GroupConfig config,
            GroupSettings settings,
            Clock clock,
            Supplier<MetadataImage> metadata,
            GroupTable groups,
            Rebalance rebalance) {
        this.config = config;
        this.settings = settings;
        this.clock = clock;
        this.metadata = metadata;
        this.groups = groups;
        this.rebalance = rebalance;
    }

    /**
     * A group of the consumer protocol under an id that has none: a new one, or what a classic
     * group becomes.
     */
    ConsumerGroup makeConsumerGroup(String id, Effects effects) {
        ClassicGroup classic = groups.classic(id);
        if (classic == null) {
            return groups.put(new ConsumerGroup(id));
        }
        if (classic.isEmpty()) {
            if (classic.generation() > 0) {
                effects.append(GroupRecords.groupTombstone(id));
            }
            return groups.put(new ConsumerGroup(id));
        }
        String hindrance = hindranceToUpgrade(classic);
        if (!hindrance.isEmpty()) {
            throw new ApiException(ErrorCode.GROUP_ID_NOT_FOUND, hindrance);
        }
        return upgrade(classic, effects);
    }

    private String hindranceToUpgrade(ClassicGroup group) {
        String refused = "Cannot upgrade classic group " + group.id() + " to consumer group: ";
        if (!settings.migration().allowsUpgrade()) {
            return refused + "group.consumer.migration.policy does not allow it.";
        }
        if (!group.isOfConsumers()) {
            return "Group " + group.id() + " is not a consumer group.";
        }
        if (group.members().size() >= settings.maxSize()) {
            return refused
                    + "it has "
                    + group.members().size()
                    + " members, group.consumer.max.size allows "
                    + settings.maxSize()
                    + ".";
        }
        for (Member member : group.members()) {
            if (subscription(member).isEmpty()) {
                return refused + "the subscription of member " + member.id() + " is malformed.";
            }
            if (ClassicSubscription.hasUserData(member.assignment())) {
                return refused
                        + "an unsupported custom assignor is in use; switch to a default assignor"
                        + " first.";
            }
        }
        return "";
    }

    private static Optional<ConsumerProtocolSubscription> subscription(Member member) {
        List<Member.Protocol> protocols = member.protocols();
        return protocols.isEmpty()
                ? Optional.empty()
                : ClassicSubscription.read(protocols.get(0).metadata());
    }

    private ConsumerGroup upgrade(ClassicGroup classic, Effects effects) {
        String id = classic.id();
        LOGGER.atInfo()
                .addKeyValue("group", id)
                .addKeyValue("members", classic.members().size())
                .log("group changes from the classic to the consumer protocol");
        effects.append(GroupRecords.groupTombstone(id));
        ConsumerGroup group = groups.put(new ConsumerGroup(id));
        ConsumerStep step = new ConsumerStep(group, effects);
        MetadataImage image = metadata.get();
        int epoch = classic.generation();
        Map<String, PartitionSet> assigned = new LinkedHashMap<>();
        PartitionSet taken = PartitionSet.EMPTY;
        for (Member member : classic.members()) {
            step.write(new ConsumerGroupRecord.MemberProfile(id, member.id(), profile(member)));
            PartitionSet has = ownedBy(classic, member, image).minus(taken);
            taken = taken.plus(has);
            assigned.put(member.id(), has);
        }
        step.write(
                new ConsumerGroupRecord.GroupEpoch(
                        id, epoch, TopicHashes.of(group.subscribedTopics(), image)));
        assigned.forEach(
                (member, has) -> step.write(new ConsumerGroupRecord.MemberTarget(id, member, has)));
        step.write(new ConsumerGroupRecord.TargetEpoch(id, epoch, 0));
        assigned.forEach(
                (member, has) ->
                        step.write(
                                new ConsumerGroupRecord.MemberProgress(
                                        id,
                                        member,
                                        new Progress(
                                                epoch,
                                                epoch,
                                                MemberState.STABLE,
                                                AssignedPartitions.of(has, epoch),
                                                AssignedPartitions.EMPTY))));
        for (Member member : classic.members()) {
            member.answerJoin(
                    effects, Rebalance.joinFailed(member.id(), ErrorCode.REBALANCE_IN_PROGRESS));
            member.answerSync(effects, Rebalance.syncFailed(ErrorCode.REBALANCE_IN_PROGRESS));
        }
        return group;
    }

    private static Profile profile(Member member) {
        ConsumerProtocolSubscription subscription =
                subscription(member).orElseGet(ConsumerProtocolSubscription::new);
        List<ConsumerMember.Protocol> protocols = new ArrayList<>();
        member.protocols()
                .forEach(p -> protocols.add(new ConsumerMember.Protocol(p.name(), p.metadata())));
        return new Profile(
                member.instanceId().orElse(null),
                subscription.rackId(),
                member.clientId(),
                member.clientHost(),
                new TreeSet<>(subscription.topics()),
                "",
                member.rebalanceTimeoutMs(),
                null,
                new Classic(member.sessionTimeoutMs(), protocols));
    }

    /**
     * What the member reads at this moment. Once it has joined a rebalance, that is what it said it
     * kept; the assignment is that of the generation before.
     */
    private static PartitionSet ownedBy(ClassicGroup group, Member member, MetadataImage image) {
        boolean joined =
                group.is(GroupState.COMPLETING_REBALANCE)
                        || (group.is(GroupState.PREPARING_REBALANCE) && member.isAwaitingJoin());
        return joined
                ? subscription(member)
                        .map(said -> ClassicSubscription.owned(said, image))
                        .orElse(PartitionSet.EMPTY)
                : ClassicSubscription.withIds(
                        ClassicSubscription.assignedPartitions(member.assignment()), image);
    }

    /** Whether only members of the classic protocol stay when this one goes, and may go back. */
    boolean canDowngradeWithout(ConsumerGroup group, ConsumerMember leaving) {
        int rest = group.size() - 1;
        return settings.migration().allowsDowngrade()
                && !leaving.isClassic()
                && rest > 0
                && rest <= config.maxSize()
                && group.members().stream()
                        .allMatch(member -> member.isClassic() || member.id().equals(leaving.id()));
    }

    /** The members that stay form a classic group, which rebalances. */
    void downgradeWithout(ConsumerStep step, ConsumerMember leaving) {
        ConsumerGroup group = step.group();
        Effects effects = step.effects();
        LOGGER.atInfo()
                .addKeyValue("group", group.id())
                .addKeyValue("members", group.size() - 1)
                .log("group changes from the consumer to the classic protocol");
        List<Member> members = new ArrayList<>();
        MetadataImage image = metadata.get();
        for (ConsumerMember member : group.members()) {
            Classic classic = member.profile().classic();
            if (classic != null && !member.id().equals(leaving.id())) {
                members.add(classicMember(member, classic, image));
            }
        }
        int generation = group.epoch();
        erase(step);
        ClassicGroup classic = groups.put(new ClassicGroup(group.id(), clock.wallMs()));
        classic.restore(
                new GroupRecords.Snapshot(
                        ClassicGroup.CONSUMER_TYPE,
                        generation,
                        members.get(0).protocols().get(0).name(),
                        members.get(0).id(),
                        clock.wallMs(),
                        members));
        effects.append(GroupRecords.group(classic));
        for (Member member : members) {
            rebalance.heard(member);
            rebalance.watchSession(classic, member, effects);
        }
        rebalance.maybePrepare(classic, "the last member of the consumer protocol left", effects);
    }

    private static Member classicMember(
            ConsumerMember member, Classic classic, MetadataImage image) {
        List<Member.Protocol> protocols = new ArrayList<>();
        classic.protocols()
                .forEach(p -> protocols.add(new Member.Protocol(p.name(), p.metadata())));
        Member converted =
                new Member(
                        new Member.Profile(
                                member.id(),
                                member.profile().instanceId(),
                                member.profile().clientId(),
                                member.profile().clientHost(),
                                classic.sessionTimeoutMs(),
                                member.profile().rebalanceTimeoutMs(),
                                protocols));
        converted.assignment(
                ClassicSubscription.writeAssignment(
                        ClassicSubscription.withNames(
                                member.progress().assigned().partitions(), image),
                        protocols.get(0).metadata()));
        return converted;
    }

    /**
     * Records that there is no such group any more: its epoch last, so that it is whole till then.
     */
    void erase(ConsumerStep step) {
        ConsumerGroup group = step.group();
        String id = group.id();
        List<String> members = group.members().stream().map(ConsumerMember::id).toList();
        members.forEach(m -> step.write(new ConsumerGroupRecord.MemberProgress(id, m, null)));
        for (String member : List.copyOf(group.targeted())) {
            step.write(new ConsumerGroupRecord.MemberTarget(id, member, null));
        }
        step.write(new ConsumerGroupRecord.TargetRemoved(id));
        members.forEach(m -> step.write(new ConsumerGroupRecord.MemberProfile(id, m, null)));
        for (String regex : List.copyOf(group.regexes().keySet())) {
            step.write(new ConsumerGroupRecord.Regex(id, regex, null));
        }
        step.write(new ConsumerGroupRecord.GroupRemoved(id));
        groups.remove(id);
    }
}
