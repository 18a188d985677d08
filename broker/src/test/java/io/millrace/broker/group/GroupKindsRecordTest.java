package io.millrace.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.group.assignor.PartitionSet;
import io.millrace.broker.group.consumer.MemberState;
import io.millrace.broker.group.share.ShareGroupRecord;
import io.millrace.broker.group.share.ShareMember;
import io.millrace.broker.group.share.ShareRecordFormat;
import io.millrace.broker.group.streams.StreamsGroupRecord;
import io.millrace.broker.group.streams.StreamsMember;
import io.millrace.broker.group.streams.StreamsRecordFormat;
import io.millrace.broker.group.streams.StreamsTopology;
import io.millrace.broker.group.streams.StreamsTopology.Copartition;
import io.millrace.broker.group.streams.StreamsTopology.InternalTopic;
import io.millrace.broker.group.streams.StreamsTopology.Subtopology;
import io.millrace.broker.group.streams.TaskRoles;
import io.millrace.broker.group.streams.TaskSet;
import io.millrace.broker.shard.CoordinatorRecord;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What share and streams groups record is what loading the log gives back. */
final class GroupKindsRecordTest {
    private static final UUID TOPIC = new UUID(7, 9);

    @Test
    void shareGroupsComeBackAsTheyWere() {
        for (ShareGroupRecord record :
                List.of(
                        new ShareGroupRecord.GroupEpoch("g", 3, 77),
                        new ShareGroupRecord.GroupRemoved("g"),
                        new ShareGroupRecord.MemberProfile(
                                "g",
                                "m",
                                new ShareMember.Profile("rack", "client", "/host", Set.of("t"))),
                        new ShareGroupRecord.MemberProfile("g", "m", null),
                        new ShareGroupRecord.TargetEpoch("g", 3, 5),
                        new ShareGroupRecord.TargetRemoved("g"),
                        new ShareGroupRecord.MemberTarget("g", "m", PartitionSet.of(TOPIC, 1, 4)),
                        new ShareGroupRecord.MemberProgress(
                                "g",
                                "m",
                                new ShareMember.Progress(3, 2, PartitionSet.of(TOPIC, 1))))) {
            assertThat(parse(ShareRecordFormat.encode(record)))
                    .isEqualTo(new GroupRecords.ShareGroupChanged(record));
        }
    }

    @Test
    void streamsGroupsComeBackAsTheyWere() {
        TaskSet tasks = TaskSet.of(List.of(new TaskSet.Task("0", 1), new TaskSet.Task("1", 0)));
        TaskRoles roles = new TaskRoles(tasks, TaskSet.EMPTY, TaskSet.EMPTY);
        StreamsTopology topology =
                new StreamsTopology(
                        2,
                        List.of(
                                new Subtopology(
                                        "0",
                                        List.of("in"),
                                        List.of("in-.*"),
                                        List.of(
                                                new InternalTopic(
                                                        "log",
                                                        0,
                                                        (short) 1,
                                                        Map.of("cleanup.policy", "compact"))),
                                        List.of("through"),
                                        List.of(new InternalTopic("again", 4, (short) 0, Map.of())),
                                        List.of(
                                                new Copartition(
                                                        List.of((short) 0),
                                                        List.of(),
                                                        List.of((short) 0))))));
        for (StreamsGroupRecord record :
                List.of(
                        new StreamsGroupRecord.GroupEpoch("g", 3, 77),
                        new StreamsGroupRecord.GroupRemoved("g"),
                        new StreamsGroupRecord.Topology("g", topology),
                        new StreamsGroupRecord.MemberProfile(
                                "g",
                                "m",
                                new StreamsMember.Profile(
                                        null,
                                        "client",
                                        "/host",
                                        30_000,
                                        2,
                                        "process",
                                        new StreamsMember.Endpoint("here", 8080),
                                        Map.of("zone", "a"))),
                        new StreamsGroupRecord.TargetEpoch("g", 3, 5),
                        new StreamsGroupRecord.TargetEpoch("g", null, 0),
                        new StreamsGroupRecord.MemberTarget("g", "m", roles),
                        new StreamsGroupRecord.MemberProgress(
                                "g",
                                "m",
                                new StreamsMember.Progress(
                                        3,
                                        2,
                                        MemberState.UNREVOKED_PARTITIONS,
                                        roles,
                                        TaskRoles.NONE)))) {
            assertThat(parse(StreamsRecordFormat.encode(record)))
                    .isEqualTo(new GroupRecords.StreamsGroupChanged(record));
        }
    }

    private static GroupRecords.Parsed parse(CoordinatorRecord record) {
        byte[] value = record.value();
        return GroupRecords.parse(
                ByteBuffer.wrap(record.key()), value == null ? null : ByteBuffer.wrap(value));
    }
}
