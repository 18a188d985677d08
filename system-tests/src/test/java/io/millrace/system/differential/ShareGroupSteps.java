package io.millrace.system.differential;

import static io.millrace.protocol.message.ApiKey.ALTER_SHARE_GROUP_OFFSETS;
import static io.millrace.protocol.message.ApiKey.DELETE_SHARE_GROUP_OFFSETS;
import static io.millrace.protocol.message.ApiKey.DESCRIBE_SHARE_GROUP_OFFSETS;
import static io.millrace.protocol.message.ApiKey.SHARE_ACKNOWLEDGE;
import static io.millrace.protocol.message.ApiKey.SHARE_FETCH;
import static io.millrace.protocol.message.ApiKey.SHARE_GROUP_DESCRIBE;
import static io.millrace.protocol.message.ApiKey.SHARE_GROUP_HEARTBEAT;

import io.millrace.protocol.message.AlterShareGroupOffsetsRequest;
import io.millrace.protocol.message.AlterShareGroupOffsetsRequest.AlterShareGroupOffsetsRequestPartition;
import io.millrace.protocol.message.AlterShareGroupOffsetsRequest.AlterShareGroupOffsetsRequestTopic;
import io.millrace.protocol.message.DeleteShareGroupOffsetsRequest;
import io.millrace.protocol.message.DeleteShareGroupOffsetsRequest.DeleteShareGroupOffsetsRequestTopic;
import io.millrace.protocol.message.DescribeShareGroupOffsetsRequest;
import io.millrace.protocol.message.DescribeShareGroupOffsetsRequest.DescribeShareGroupOffsetsRequestGroup;
import io.millrace.protocol.message.DescribeShareGroupOffsetsRequest.DescribeShareGroupOffsetsRequestTopic;
import io.millrace.protocol.message.ShareAcknowledgeRequest;
import io.millrace.protocol.message.ShareFetchRequest;
import io.millrace.protocol.message.ShareFetchRequest.AcknowledgementBatch;
import io.millrace.protocol.message.ShareFetchRequest.FetchPartition;
import io.millrace.protocol.message.ShareFetchRequest.FetchTopic;
import io.millrace.protocol.message.ShareFetchResponse;
import io.millrace.protocol.message.ShareGroupDescribeRequest;
import io.millrace.protocol.message.ShareGroupHeartbeatRequest;
import io.millrace.protocol.message.ShareGroupHeartbeatResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * Share groups (KIP-932): one member each joins, fetches, acknowledges and leaves; operators look
 * at offsets and move them. Partitions are given out once their state is written, at a moment of
 * each broker's own: a member is asked for until it has them.
 */
final class ShareGroupSteps {
    private static final int LEAVING = -1;
    private static final int WAIT_MS = 300;

    private ShareGroupSteps() {}

    static List<Step> all() {
        return List.of(
                Step.of(3, ShareGroupSteps::join, SHARE_GROUP_HEARTBEAT),
                Step.of(3, ShareGroupSteps::beat, SHARE_GROUP_HEARTBEAT),
                Step.of(2, ShareGroupSteps::joinWrongly, SHARE_GROUP_HEARTBEAT),
                Step.of(1, ShareGroupSteps::leave, SHARE_GROUP_HEARTBEAT),
                Step.of(3, ShareGroupSteps::fetch, SHARE_FETCH, SHARE_GROUP_HEARTBEAT),
                Step.of(2, ShareGroupSteps::fetchWrongly, SHARE_FETCH),
                Step.of(2, ShareGroupSteps::acknowledgeWrongly, SHARE_ACKNOWLEDGE),
                Step.of(2, ShareGroupSteps::describe, SHARE_GROUP_DESCRIBE),
                Step.of(2, ShareGroupSteps::offsets, DESCRIBE_SHARE_GROUP_OFFSETS),
                Step.of(1, ShareGroupSteps::alterOffsets, ALTER_SHARE_GROUP_OFFSETS),
                Step.of(1, ShareGroupSteps::deleteOffsets, DELETE_SHARE_GROUP_OFFSETS));
    }

    /** A share group and its one member. */
    private static final class Group {
        private final String id;
        private final String member;
        private Topic topic;
        private int epoch = LEAVING;
        private int sessionEpoch;

        Group(String id, String member) {
            this.id = id;
            this.member = member;
        }

        boolean isJoined() {
            return epoch > 0;
        }
    }

    private static Group anyGroup(Sequence s) {
        List<Group> groups = s.remembered("share groups", ArrayList::new);
        if (groups.isEmpty()) {
            groups.add(new Group(s.name("sharers"), s.memberId()));
        }
        return s.oneOf(groups);
    }

    private static ShareGroupHeartbeatRequest going(Group group) {
        return new ShareGroupHeartbeatRequest()
                .groupId(group.id)
                .memberId(group.member)
                .memberEpoch(group.epoch);
    }

    private static ShareGroupHeartbeatRequest joining(Sequence s, Group group) {
        return new ShareGroupHeartbeatRequest()
                .groupId(group.id)
                .memberId(group.member)
                .memberEpoch(0)
                .subscribedTopicNames(new ArrayList<>(List.of(TopicSteps.any(s).name)));
    }

    private static void join(Sequence s) {
        Group group = anyGroup(s);
        if (group.isJoined()) {
            return;
        }
        Topic topic = TopicSteps.any(s);
        ShareGroupHeartbeatResponse last =
                s.askUntil(
                        0,
                        joining(s, group).subscribedTopicNames(List.of(topic.name)),
                        s.version(SHARE_GROUP_HEARTBEAT),
                        response ->
                                response.errorCode() != 0
                                        || (response.assignment() != null
                                                && response.assignment().topicPartitions().stream()
                                                        .anyMatch(
                                                                t ->
                                                                        t.partitions().size()
                                                                                == topic.partitions)));
        if (last.errorCode() != 0) {
            return;
        }
        group.topic = topic;
        group.epoch = last.memberEpoch();
        group.sessionEpoch = 0;
    }

    private static void beat(Sequence s) {
        Group group = anyGroup(s);
        if (!group.isJoined()) {
            s.ask(going(group).memberEpoch(s.oneOf(1, -1, 5)));
            return;
        }
        ShareGroupHeartbeatRequest request = going(group);
        switch (s.random.nextInt(8)) {
            case 0 -> request.memberEpoch(group.epoch + s.oneOf(1, 7));
            case 1 -> request.memberId("nobody");
            case 2 -> request.groupId(s.oneOf("", s.name("sharers")));
            case 3 -> request.subscribedTopicNames(List.of(group.topic.name));
            default -> {
                // As it should be.
            }
        }
        s.askUntilSettled(request, s.version(SHARE_GROUP_HEARTBEAT));
    }

    private static void joinWrongly(Sequence s) {
        Group group = new Group(s.name("refused"), s.memberId());
        ShareGroupHeartbeatRequest request = joining(s, group);
        switch (s.random.nextInt(7)) {
            case 0 -> request.groupId("");
            case 1 -> request.memberId("");
            case 2 -> request.rackId("");
            case 3 -> request.subscribedTopicNames(null);
            case 4 -> request.subscribedTopicNames(List.of());
            case 5 -> request.memberEpoch(s.oneOf(-2, -1, 1));
            default -> request.groupId(GroupSteps.anyGroup(s).id).memberEpoch(1);
        }
        s.ask(request);
    }

    private static void leave(Sequence s) {
        Group group = anyGroup(s);
        if (group.isJoined()) {
            s.ask(going(group).memberEpoch(LEAVING));
            group.epoch = LEAVING;
        }
    }

    private static ShareFetchRequest fetchOf(Group group) {
        return new ShareFetchRequest()
                .groupId(group.id)
                .memberId(group.member)
                .shareSessionEpoch(group.sessionEpoch)
                .maxWaitMs(WAIT_MS)
                .minBytes(1)
                .maxBytes(1 << 20)
                .maxRecords(100)
                .batchSize(100);
    }

    private static FetchTopic of(Topic topic, int partition) {
        return new FetchTopic()
                .topicId(topic.id)
                .partitions(
                        new ArrayList<>(List.of(new FetchPartition().partitionIndex(partition))));
    }

    /** Fetches what comes after its first look, and gives it back or takes it. */
    private static void fetch(Sequence s) {
        Group group = anyGroup(s);
        if (!group.isJoined() || !group.topic.exists || group.topic.compacted) {
            return;
        }
        short version = s.version(SHARE_FETCH);
        if (group.sessionEpoch == 0) {
            // Nobody has looked before: the partition begins to be shared at its end.
            ShareFetchResponse opened =
                    s.ask(fetchOf(group).topics(List.of(of(group.topic, 0))), version);
            if (opened.errorCode() != 0) {
                return;
            }
            group.sessionEpoch = 1;
        }
        if (!RecordSteps.produceOne(s, group.topic, 0)) {
            return;
        }
        ShareFetchResponse fetched = s.ask(fetchOf(group), version);
        if (fetched.errorCode() != 0) {
            group.sessionEpoch = 0;
            return;
        }
        group.sessionEpoch++;
        List<AcknowledgementBatch> acknowledged = new ArrayList<>();
        for (var topic : fetched.responses()) {
            for (var partition : topic.partitions()) {
                partition
                        .acquiredRecords()
                        .forEach(
                                range ->
                                        acknowledged.add(
                                                new AcknowledgementBatch()
                                                        .firstOffset(range.firstOffset())
                                                        .lastOffset(range.lastOffset())
                                                        .acknowledgeTypes(
                                                                List.of(
                                                                        s.oneOf(
                                                                                (byte) 1, (byte) 1,
                                                                                (byte) 2, (byte) 3,
                                                                                (byte) 9)))));
            }
        }
        acknowledge(s, group, acknowledged);
    }

    private static void acknowledge(
            Sequence s, Group group, List<AcknowledgementBatch> acknowledged) {
        if (acknowledged.isEmpty()) {
            return;
        }
        List<ShareAcknowledgeRequest.AcknowledgementBatch> batches = new ArrayList<>();
        acknowledged.forEach(
                batch ->
                        batches.add(
                                new ShareAcknowledgeRequest.AcknowledgementBatch()
                                        .firstOffset(batch.firstOffset())
                                        .lastOffset(batch.lastOffset())
                                        .acknowledgeTypes(batch.acknowledgeTypes())));
        var answer =
                s.ask(
                        new ShareAcknowledgeRequest()
                                .groupId(group.id)
                                .memberId(group.member)
                                .shareSessionEpoch(group.sessionEpoch)
                                .topics(
                                        List.of(
                                                new ShareAcknowledgeRequest.AcknowledgeTopic()
                                                        .topicId(group.topic.id)
                                                        .partitions(
                                                                List.of(
                                                                        new ShareAcknowledgeRequest
                                                                                        .AcknowledgePartition()
                                                                                .partitionIndex(0)
                                                                                .acknowledgementBatches(
                                                                                        batches))))));
        group.sessionEpoch = answer.errorCode() == 0 ? group.sessionEpoch + 1 : 0;
    }

    private static void fetchWrongly(Sequence s) {
        Topic topic = TopicSteps.any(s);
        ShareFetchRequest request =
                fetchOf(new Group(s.name("refused"), s.memberId())).topics(List.of(of(topic, 0)));
        switch (s.random.nextInt(6)) {
            case 0 -> request.groupId(s.oneOf(null, ""));
            case 1 -> request.memberId(s.oneOf(null, "", "short"));
            case 2 -> request.shareSessionEpoch(s.oneOf(5, -1));
            case 3 ->
                    request.topics()
                            .get(0)
                            .partitions()
                            .get(0)
                            .acknowledgementBatches(
                                    List.of(
                                            new AcknowledgementBatch()
                                                    .acknowledgeTypes(List.of((byte) 1))));
            case 4 -> request.shareSessionEpoch(-1).topics(List.of());
            default -> request.maxRecords(s.oneOf(0, -1)).shareSessionEpoch(3);
        }
        s.ask(request);
    }

    private static void acknowledgeWrongly(Sequence s) {
        Topic topic = TopicSteps.any(s);
        s.ask(
                new ShareAcknowledgeRequest()
                        .groupId(s.oneOf(s.name("refused"), "", null))
                        .memberId(s.oneOf(s.memberId(), "", null))
                        .shareSessionEpoch(s.oneOf(0, 1, -1))
                        .topics(
                                List.of(
                                        new ShareAcknowledgeRequest.AcknowledgeTopic()
                                                .topicId(topic.id)
                                                .partitions(
                                                        List.of(
                                                                new ShareAcknowledgeRequest
                                                                        .AcknowledgePartition())))));
    }

    private static void describe(Sequence s) {
        List<String> ids = new ArrayList<>(List.of(anyGroup(s).id));
        if (s.chance(25)) {
            ids.add(s.chance(70) ? GroupSteps.anyGroup(s).id : s.oneOf(s.name("none"), ""));
        }
        s.ask(
                new ShareGroupDescribeRequest()
                        .groupIds(ids)
                        .includeAuthorizedOperations(s.chance(40)));
    }

    private static void offsets(Sequence s) {
        Topic topic = TopicSteps.any(s);
        s.ask(
                new DescribeShareGroupOffsetsRequest()
                        .groups(
                                List.of(
                                        new DescribeShareGroupOffsetsRequestGroup()
                                                .groupId(
                                                        s.chance(80)
                                                                ? anyGroup(s).id
                                                                : s.name("none"))
                                                .topics(
                                                        List.of(
                                                                new DescribeShareGroupOffsetsRequestTopic()
                                                                        .topicName(
                                                                                s.chance(85)
                                                                                        ? topic.name
                                                                                        : s.name(
                                                                                                "none"))
                                                                        .partitions(
                                                                                List.of(0)))))));
    }

    private static void alterOffsets(Sequence s) {
        Topic topic = TopicSteps.any(s);
        s.ask(
                new AlterShareGroupOffsetsRequest()
                        .groupId(s.chance(80) ? anyGroup(s).id : s.oneOf(s.name("none"), ""))
                        .topics(
                                List.of(
                                        new AlterShareGroupOffsetsRequestTopic()
                                                .topicName(
                                                        s.chance(85) ? topic.name : s.name("none"))
                                                .partitions(
                                                        List.of(
                                                                new AlterShareGroupOffsetsRequestPartition()
                                                                        .startOffset(
                                                                                s.oneOf(
                                                                                        0L,
                                                                                        2L)))))));
    }

    private static void deleteOffsets(Sequence s) {
        Topic topic = TopicSteps.any(s);
        s.ask(
                new DeleteShareGroupOffsetsRequest()
                        .groupId(s.chance(80) ? anyGroup(s).id : s.oneOf(s.name("none"), ""))
                        .topics(
                                List.of(
                                        new DeleteShareGroupOffsetsRequestTopic()
                                                .topicName(
                                                        s.chance(85)
                                                                ? topic.name
                                                                : s.name("none")))));
    }
}
