package io.millrace.broker.group;

import static io.millrace.broker.group.GroupHarness.GROUP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.JoinGroupResponse;
import io.millrace.protocol.message.OffsetCommitRequest;
import io.millrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestPartition;
import io.millrace.protocol.message.OffsetCommitResponse;
import io.millrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopics;
import io.millrace.protocol.message.OffsetFetchResponse.OffsetFetchResponsePartitions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Committing, fetching, expiring and losing offsets, and what a restart keeps. */
final class GroupOffsetsTest {
    private final GroupHarness groups = new GroupHarness();

    @Test
    @Tag("wire-34")
    void aPartitionWithoutACommitHasOffsetMinusOneAndNoError() {
        OffsetFetchResponsePartitions answer =
                groups.get(
                                groups.coordinator.fetchOffsets(
                                        GROUP,
                                        null,
                                        -1,
                                        false,
                                        List.of(
                                                new OffsetFetchRequestTopics()
                                                        .name("orders")
                                                        .partitionIndexes(List.of(3)))))
                        .topics()
                        .get(0)
                        .partitions()
                        .get(0);
        assertThat(answer.committedOffset()).isEqualTo(-1);
        assertThat(answer.metadata()).isEmpty();
        assertThat(answer.errorCode()).isZero();
    }

    @Test
    @Tag("wire-34")
    void metadataComesBackAndRetentionMinusOneMeansForever() {
        assertThat(groups.commit(groups.commitRequest("", -1, 41).retentionTimeMs(-1)))
                .isEqualTo(ErrorCode.NONE);
        assertThat(groups.committed().committedOffset()).isEqualTo(41);
        assertThat(groups.committed().metadata()).isEqualTo("note");
    }

    @Test
    @Tag("wire-35")
    void aSimpleConsumerCommitsOnlyWhileTheGroupIsEmpty() {
        assertThat(groups.commit("", -1, 5)).isEqualTo(ErrorCode.NONE);
        groups.stableSingle();
        assertThat(groups.commit("", -1, 6)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(groups.committed().committedOffset()).isEqualTo(5);
    }

    @Test
    @Tag("wire-35")
    void aCommitOfNothingThatIsThereMakesNoGroup() {
        OffsetCommitResponse refused =
                groups.get(
                        groups.coordinator.commit(
                                groups.commitRequest("", -1, 5), (short) 8, (t, p) -> false));
        assertThat(refused.topics().get(0).partitions().get(0).errorCode())
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
        assertThat(groups.state()).isEqualTo("Dead");
        assertThat(groups.commit("", -1, 5)).isEqualTo(ErrorCode.NONE);
        assertThat(groups.state()).isEqualTo("Empty");
    }

    @Test
    @Tag("wire-35")
    void aShardThatIsNotHereAnswersNotCoordinator() {
        groups.coordinator.resign(0);
        groups.loop.runAll();
        CompletableFuture<OffsetCommitResponse> refused =
                groups.coordinator.commit(
                        groups.commitRequest("", -1, 5), (short) 8, (t, p) -> true);
        assertThat(refused)
                .isCompletedExceptionally()
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withCauseInstanceOf(ApiException.class)
                .extracting(e -> ((ApiException) e.getCause()).error())
                .isEqualTo(ErrorCode.NOT_COORDINATOR);
    }

    @Test
    void membersCommitInTheirGenerationOnly() {
        JoinGroupResponse only = groups.stableSingle();
        assertThat(groups.commit(only.memberId(), 1, 7)).isEqualTo(ErrorCode.NONE);
        assertThat(groups.commit(only.memberId(), 0, 8)).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
        assertThat(groups.commit("stranger", 1, 8)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(groups.committed().committedOffset()).isEqualTo(7);
    }

    @Test
    void aCommitIsAnsweredOnlyWhenItsRecordIsCommitted() {
        groups.log.holdCommits();
        CompletableFuture<OffsetCommitResponse> pending =
                groups.coordinator.commit(
                        groups.commitRequest("", -1, 5), (short) 8, (t, p) -> true);
        groups.loop.runAll();
        assertThat(pending).isNotDone();
        groups.log.commitHeld();
        assertThat(pending).isDone();
    }

    @Test
    void commitsThatArriveTogetherShareOneBatch() {
        int before = groups.log.batchCount();
        for (int i = 0; i < 20; i++) {
            groups.coordinator.commit(groups.commitRequest("", -1, i), (short) 8, (t, p) -> true);
        }
        groups.loop.runAll();
        assertThat(groups.log.batchCount()).isEqualTo(before + 1);
        assertThat(groups.committed().committedOffset()).isEqualTo(19);
    }

    @Test
    void anOffsetThatIsTooLargeForTheLogIsToldAsSuch() {
        groups.log.refuseNext(ErrorCode.MESSAGE_TOO_LARGE);
        CompletableFuture<OffsetCommitResponse> large =
                groups.coordinator.commit(
                        groups.commitRequest("", -1, 6), (short) 8, (t, p) -> true);
        groups.loop.runAll();
        assertThatThrownBy(large::join)
                .cause()
                .isInstanceOfSatisfying(
                        ApiException.class,
                        failure ->
                                assertThat(failure.error())
                                        .isEqualTo(ErrorCode.INVALID_COMMIT_OFFSET_SIZE));
    }

    @Test
    void aFailedAppendIsToldAndTheShardReturnsToWhatTheLogHolds() {
        groups.commit("", -1, 5);
        groups.log.refuseNext(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        CompletableFuture<OffsetCommitResponse> lost =
                groups.coordinator.commit(
                        groups.commitRequest("", -1, 6), (short) 8, (t, p) -> true);
        groups.loop.runAll();
        assertThat(lost).isCompletedExceptionally();
        assertThat(groups.committed().committedOffset()).isEqualTo(5);
    }

    @Test
    void aRestartKeepsOffsetsMembersAndGeneration() {
        JoinGroupResponse only = groups.stableSingle();
        groups.commit(only.memberId(), 1, 99);
        groups.restart();
        assertThat(groups.committed().committedOffset()).isEqualTo(99);
        assertThat(groups.state()).isEqualTo("Stable");
        assertThat(groups.heartbeat(only.memberId(), 1)).isEqualTo(ErrorCode.NONE);
        assertThat(groups.describe(5).members().get(0).memberAssignment())
                .isEqualTo(GroupHarness.bytes(7));
        groups.advance(GroupHarness.SESSION_MS + 1);
        assertThat(groups.state()).isEqualTo("Empty");
    }

    @Test
    void offsetsNeverExpireWhileTheGroupIsActive() {
        JoinGroupResponse only = groups.stableSingle();
        groups.commit(only.memberId(), 1, 99);
        long halfSession = GroupHarness.SESSION_MS / 2;
        for (long ms = 0; ms < Duration.ofDays(8).toMillis(); ms += halfSession) {
            groups.advance(halfSession);
            groups.heartbeat(only.memberId(), 1);
        }
        assertThat(groups.state()).isEqualTo("Stable");
        assertThat(groups.committed()).isNotNull();
    }

    @Test
    void offsetsOfAnEmptyGroupExpireAfterTheRetentionTime() {
        JoinGroupResponse only = groups.stableSingle();
        groups.commit(only.memberId(), 1, 99);
        groups.leave(only.memberId());
        groups.advance(Duration.ofDays(6).toMillis());
        assertThat(groups.committed()).isNotNull();
        groups.advance(Duration.ofDays(1).toMillis() + 600_000);
        assertThat(groups.committed()).isNull();
        assertThat(groups.state()).isEqualTo("Dead");
        groups.restart();
        assertThat(groups.state()).as("tombstones were written").isEqualTo("Dead");
    }

    @Test
    void onlyAGroupWithoutMembersCanBeDeleted() {
        JoinGroupResponse only = groups.stableSingle();
        groups.commit(only.memberId(), 1, 99);
        assertThat(groups.get(groups.coordinator.delete(GROUP)))
                .isEqualTo(ErrorCode.NON_EMPTY_GROUP);
        groups.leave(only.memberId());
        assertThat(groups.get(groups.coordinator.delete(GROUP))).isEqualTo(ErrorCode.NONE);
        assertThat(groups.get(groups.coordinator.delete(GROUP)))
                .isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
        groups.restart();
        assertThat(groups.committed()).isNull();
    }

    @Test
    void metadataLongerThanTheBoundIsRefused() {
        var request = groups.commitRequest("", -1, 5);
        request.topics().get(0).partitions().get(0).committedMetadata("x".repeat(4097));
        assertThat(groups.commit(request)).isEqualTo(ErrorCode.OFFSET_METADATA_TOO_LARGE);
    }

    @Test
    void aHundredThousandPartitionsAreCommittedInOneRequest() {
        List<OffsetCommitRequestPartition> partitions = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            partitions.add(
                    new OffsetCommitRequestPartition()
                            .partitionIndex(i)
                            .committedOffset(i)
                            .committedMetadata(""));
        }
        OffsetCommitRequest request = groups.commitRequest("", -1, 0);
        request.topics().get(0).partitions(partitions);
        OffsetCommitResponse response =
                groups.get(groups.coordinator.commit(request, (short) 8, (t, p) -> true));
        assertThat(response.topics().get(0).partitions())
                .hasSize(100_000)
                .allMatch(partition -> partition.errorCode() == 0);
        groups.restart();
        assertThat(groups.get(groups.coordinator.committedOffsets()).get(0).get(GROUP))
                .hasSize(100_000)
                .containsKey(new TopicPartitionKey("orders", 99_999));
    }

    @Test
    void aViewShowsWhatWasCommittedAndDoesNotChange() {
        groups.commit("", -1, 5);
        var view = groups.get(groups.coordinator.committedOffsets()).get(0);
        groups.commit("", -1, 6);
        TopicPartitionKey key = new TopicPartitionKey("orders", 0);
        assertThat(view.get(GROUP).get(key).offset()).isEqualTo(5);
        assertThat(
                        groups.get(groups.coordinator.committedOffsets())
                                .get(0)
                                .get(GROUP)
                                .get(key)
                                .offset())
                .isEqualTo(6);
    }

    @Test
    void offsetsOfATopicThatAConsumerGroupReadsNeverExpireOthersDo() {
        ConsumerHarness consumers = ConsumerHarness.withoutPause();
        consumers.groups.topics.create("orders", 1);
        consumers.groups.commit("", -1, 5);
        ConsumerHarness.Client reader = consumers.client("a", "orders").join();
        keepAlive(consumers, reader);
        assertThat(consumers.groups.committed()).isNotNull();
        reader.take(consumers.send(reader.beatRequest().subscribedTopicNames(List.of("other"))));
        keepAlive(consumers, reader);
        assertThat(consumers.groups.committed()).isNull();
        assertThat(reader.error()).isEqualTo(ErrorCode.NONE);
    }

    private static void keepAlive(ConsumerHarness consumers, ConsumerHarness.Client reader) {
        for (long ms = 0; ms < Duration.ofDays(8).toMillis(); ms += 40_000) {
            consumers.groups.advance(40_000);
            reader.report();
        }
    }

    @Test
    void offsetsExpireInShardsThatNobodyAsksFor() {
        groups.commit("", -1, 5);
        groups.restart();
        groups.advance(Duration.ofDays(7).toMillis() + 600_000);
        groups.restart();
        assertThat(groups.committed()).isNull();
    }
}
