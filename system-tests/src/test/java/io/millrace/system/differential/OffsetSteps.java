package io.millrace.system.differential;

import static io.millrace.protocol.message.ApiKey.OFFSET_COMMIT;
import static io.millrace.protocol.message.ApiKey.OFFSET_DELETE;
import static io.millrace.protocol.message.ApiKey.OFFSET_FETCH;

import io.millrace.protocol.message.OffsetCommitRequest;
import io.millrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestPartition;
import io.millrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestTopic;
import io.millrace.protocol.message.OffsetDeleteRequest;
import io.millrace.protocol.message.OffsetDeleteRequest.OffsetDeleteRequestPartition;
import io.millrace.protocol.message.OffsetDeleteRequest.OffsetDeleteRequestTopic;
import io.millrace.protocol.message.OffsetFetchRequest;
import io.millrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestGroup;
import io.millrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopic;
import io.millrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopics;
import io.millrace.system.differential.GroupSteps.Group;
import io.millrace.system.differential.GroupSteps.Member;
import java.util.ArrayList;
import java.util.List;

/** Offsets of groups: committed by members and by nobody, fetched, deleted. */
final class OffsetSteps {
    private static final int FIRST_WITH_IDS = 10;
    private static final int FIRST_WITH_GROUPS = 8;

    private OffsetSteps() {}

    static List<Step> all() {
        return List.of(
                Step.of(6, OffsetSteps::commit, OFFSET_COMMIT),
                Step.of(6, OffsetSteps::fetch, OFFSET_FETCH),
                Step.of(2, OffsetSteps::delete, OFFSET_DELETE));
    }

    private static void commit(Sequence s) {
        Group group = GroupSteps.anyGroup(s);
        short version = s.version(OFFSET_COMMIT);
        Topic topic = TopicSteps.any(s);
        OffsetCommitRequest request = new OffsetCommitRequest().groupId(group.id);
        int line = 0;
        if (!group.members.isEmpty() && s.chance(75)) {
            Member member = s.oneOf(group.members);
            line = member.line;
            request.memberId(member.id)
                    .generationIdOrMemberEpoch(group.generation)
                    .groupInstanceId(member.instance);
            if (s.chance(15)) {
                request.generationIdOrMemberEpoch(group.generation + s.oneOf(1, -1));
            }
        }
        if (s.chance(8)) {
            request.memberId("nobody").generationIdOrMemberEpoch(s.oneOf(0, 1, -1));
        }
        String metadata = s.oneOf("", null, "some metadata", "m".repeat(5000));
        if (metadata != null && metadata.length() > 4096 && group.members.isEmpty()) {
            // Refused; whether that leaves a group behind is nobody's business.
            request.groupId(s.name("refused"));
        }
        OffsetCommitRequestTopic committed =
                new OffsetCommitRequestTopic()
                        .partitions(
                                List.of(
                                        new OffsetCommitRequestPartition()
                                                .partitionIndex(TopicSteps.anyPartition(s, topic))
                                                .committedOffset(s.oneOf(0L, 5L, 7L, -1L))
                                                .committedLeaderEpoch(s.oneOf(-1, 0, 3))
                                                .committedMetadata(metadata)));
        if (version >= FIRST_WITH_IDS) {
            committed.topicId(s.chance(92) ? topic.id : TopicSteps.anyId(s));
        } else {
            committed.name(s.chance(92) ? topic.name : s.name("none"));
        }
        s.ask(line, request.topics(List.of(committed)), version);
    }

    private static void fetch(Sequence s) {
        short version = s.version(OFFSET_FETCH);
        Group group = GroupSteps.anyGroup(s);
        Topic topic = TopicSteps.any(s);
        List<Integer> partitions = List.of(TopicSteps.anyPartition(s, topic));
        String name = s.chance(92) ? topic.name : s.name("none");
        boolean all = version >= 2 && s.chance(30);
        String id = s.chance(90) ? group.id : s.name("group");
        if (version < FIRST_WITH_GROUPS) {
            s.ask(
                    new OffsetFetchRequest()
                            .groupId(id)
                            .requireStable(s.chance(50))
                            .topics(
                                    all
                                            ? null
                                            : List.of(
                                                    new OffsetFetchRequestTopic()
                                                            .name(name)
                                                            .partitionIndexes(partitions))),
                    version);
            return;
        }
        OffsetFetchRequestTopics topics =
                new OffsetFetchRequestTopics().partitionIndexes(partitions);
        if (version >= FIRST_WITH_IDS) {
            topics.topicId(s.chance(92) ? topic.id : TopicSteps.anyId(s));
        } else {
            topics.name(name);
        }
        List<OffsetFetchRequestGroup> groups = new ArrayList<>();
        groups.add(
                new OffsetFetchRequestGroup()
                        .groupId(id)
                        .topics(all ? null : List.of(topics))
                        .memberId(s.chance(10) ? "nobody" : null)
                        .memberEpoch(s.chance(5) ? 3 : -1));
        if (s.chance(15)) {
            groups.add(new OffsetFetchRequestGroup().groupId(s.name("group")).topics(null));
        }
        s.ask(new OffsetFetchRequest().groups(groups).requireStable(s.chance(50)), version);
    }

    private static void delete(Sequence s) {
        Group group = GroupSteps.anyGroup(s);
        Topic topic = TopicSteps.any(s);
        s.ask(
                new OffsetDeleteRequest()
                        .groupId(s.chance(90) ? group.id : s.name("group"))
                        .topics(
                                List.of(
                                        new OffsetDeleteRequestTopic()
                                                .name(s.chance(92) ? topic.name : s.name("none"))
                                                .partitions(
                                                        List.of(
                                                                new OffsetDeleteRequestPartition()
                                                                        .partitionIndex(
                                                                                TopicSteps
                                                                                        .anyPartition(
                                                                                                s,
                                                                                                topic)))))));
    }
}
