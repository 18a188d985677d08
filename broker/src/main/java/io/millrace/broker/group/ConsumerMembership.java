package io.millrace.broker.group;

import io.millrace.broker.group.assignor.PartitionSet;
import io.millrace.broker.group.consumer.AssignedPartitions;
import io.millrace.broker.group.consumer.ConsumerGroupRecord;
import io.millrace.broker.group.consumer.ConsumerMember;
import io.millrace.broker.group.consumer.ConsumerMember.Profile;
import io.millrace.broker.group.consumer.ConsumerMember.Progress;
import io.millrace.broker.group.consumer.MemberState;
import io.millrace.broker.group.consumer.Reconciliation;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is a member of a consumer group, and each member's way from one assignment to the next;
 * whichever protocol the member speaks.
 */
final class ConsumerMembership {
    private static final Logger LOGGER = LoggerFactory.getLogger(ConsumerMembership.class);

    private final GroupSettings settings;
    private final Supplier<MetadataImage> metadata;
    private final ConsumerTargets targets;
    private final ConsumerRegexes regexes;
    private final ConsumerSessions sessions;

    /** Who wants to be a member, under which names. */
    record Identity(String memberId, @Nullable String instanceId) {}

    ConsumerMembership(
            GroupSettings settings,
            Supplier<MetadataImage> metadata,
            ConsumerTargets targets,
            ConsumerRegexes regexes,
            ConsumerSessions sessions) {
        this.settings = settings;
        this.metadata = metadata;
        this.targets = targets;
        this.regexes = regexes;
        this.sessions = sessions;
    }

    /** A member that the group does not know needs a place. */
    void checkRoom(ConsumerGroup group, Identity who) {
        boolean known =
                group.member(who.memberId()) != null
                        || (who.instanceId() != null
                                && group.staticMember(who.instanceId()) != null);
        if (!known && group.size() >= settings.maxSize()) {
            throw new ApiException(
                    ErrorCode.GROUP_MAX_SIZE_REACHED,
                    "The consumer group has reached its maximum capacity of "
                            + settings.maxSize()
                            + " members.");
        }
    }

    /** The member of that id, which may be the static member of that instance id only. */
    static ConsumerMember existing(ConsumerGroup group, Identity who) {
        String instanceId = who.instanceId();
        if (instanceId == null) {
            ConsumerMember member = group.member(who.memberId());
            if (member == null) {
                throw new ApiException(
                        ErrorCode.UNKNOWN_MEMBER_ID,
                        "Member "
                                + who.memberId()
                                + " is not a member of group "
                                + group.id()
                                + ".");
            }
            return member;
        }
        ConsumerMember member = group.staticMember(instanceId);
        if (member == null) {
            throw new ApiException(
                    ErrorCode.UNKNOWN_MEMBER_ID, "Instance id " + instanceId + " is unknown.");
        }
        if (!member.id().equals(who.memberId())) {
            throw new ApiException(
                    ErrorCode.FENCED_INSTANCE_ID,
                    "Static member "
                            + who.memberId()
                            + " with instance id "
                            + instanceId
                            + " was fenced by member "
                            + member.id()
                            + ".");
        }
        return member;
    }

    /** Who has the place that a joining member would take; null for a newcomer. */
    static @Nullable ConsumerMember predecessor(ConsumerGroup group, Identity who) {
        return who.instanceId() == null
                ? group.member(who.memberId())
                : group.staticMember(who.instanceId());
    }

    /**
     * Takes over what a member asks for; it may be new, or follow a static member under another id.
     *
     * @param before the place it takes; null for a newcomer
     * @return the member as it is now, before it moves towards its target
     */
    ConsumerMember admit(
            ConsumerStep step, Identity who, @Nullable ConsumerMember before, Profile profile) {
        ConsumerGroup group = step.group();
        Profile former = before == null ? Profile.NONE : before.profile();
        boolean otherTopics = !profile.topics().equals(former.topics());
        boolean otherRegex = !profile.regex().equals(former.regex());
        if (before != null && !before.id().equals(who.memberId())) {
            replace(step, before, who.memberId(), profile);
        } else if (before == null || !profile.equals(before.profile())) {
            step.write(new ConsumerGroupRecord.MemberProfile(group.id(), who.memberId(), profile));
        }
        if (before == null) {
            LOGGER.atInfo()
                    .addKeyValue("group", group.id())
                    .addKeyValue("member", who.memberId())
                    .addKeyValue("instance", who.instanceId())
                    .addKeyValue("protocol", profile.classic() == null ? "consumer" : "classic")
                    .log("member joined");
        }
        boolean known = !profile.hasRegex() || group.regexes().containsKey(profile.regex());
        boolean found = regexes.refresh(step);
        // Of an expression that is evaluated beside the loop, the result counts as the change.
        targets.update(step, otherTopics || (otherRegex && known) || found);
        ConsumerMember member = group.member(who.memberId());
        if (member == null) {
            throw new IllegalStateException(who + " has just been admitted to " + group.id());
        }
        return member;
    }

    /** Looks whether topics have changed in a way that concerns the group. */
    void lookAround(ConsumerStep step) {
        targets.update(step, regexes.refresh(step));
    }

    /** The static member gets another id, and keeps what it had and was to have. */
    private void replace(
            ConsumerStep step, ConsumerMember before, String memberId, Profile profile) {
        ConsumerGroup group = step.group();
        PartitionSet target = group.target(before.id());
        Progress progress = before.progress();
        LOGGER.atInfo()
                .addKeyValue("group", group.id())
                .addKeyValue("member", memberId)
                .addKeyValue("replaces", before.id())
                .log("static member came back");
        sessions.erase(step, before);
        step.write(new ConsumerGroupRecord.MemberProfile(group.id(), memberId, profile));
        step.write(new ConsumerGroupRecord.MemberTarget(group.id(), memberId, target));
        step.write(
                new ConsumerGroupRecord.MemberProgress(group.id(), memberId, rejoining(progress)));
    }

    /** A member that joins again owns nothing but has kept its place. */
    static Progress rejoining(Progress progress) {
        return new Progress(
                ConsumerMember.JOIN_EPOCH,
                ConsumerMember.LEAVE_EPOCH,
                MemberState.STABLE,
                progress.assigned(),
                AssignedPartitions.EMPTY);
    }

    /**
     * Moves the member one step towards its target.
     *
     * @param owned what it says it has; null if it does not say
     */
    ConsumerMember reconcile(
            ConsumerStep step, ConsumerMember member, @Nullable PartitionSet owned) {
        ConsumerGroup group = step.group();
        MetadataImage image = metadata.get();
        Reconciliation reconciliation =
                new Reconciliation(
                        group.assignmentEpoch(),
                        group.target(member.id()),
                        (topic, partition) -> {
                            String owner = group.ownerOf(topic, partition);
                            return owner != null && !owner.equals(member.id());
                        },
                        (topic, partition) -> reads(group, member, topic, image));
        Progress next = reconciliation.next(member.progress(), owned);
        if (next.equals(member.progress())) {
            return member;
        }
        step.write(new ConsumerGroupRecord.MemberProgress(group.id(), member.id(), next));
        ConsumerMember moved = member.with(next);
        if (next.state() == MemberState.UNREVOKED_PARTITIONS) {
            sessions.expectRevocation(step, moved);
        } else {
            sessions.expectNothing(group, moved);
        }
        return moved;
    }

    private static boolean reads(
            ConsumerGroup group, ConsumerMember member, UUID topicId, MetadataImage image) {
        TopicImage topic = image.topic(topicId);
        return topic != null && group.topicsOf(member).contains(topic.name());
    }
}
