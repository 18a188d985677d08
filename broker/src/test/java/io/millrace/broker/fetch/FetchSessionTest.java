package io.millrace.broker.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.base.time.ManualClock;
import io.millrace.base.time.RandomSource;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.FetchRequest;
import io.millrace.protocol.message.FetchRequest.FetchPartition;
import io.millrace.protocol.message.FetchRequest.FetchTopic;
import io.millrace.protocol.message.FetchRequest.ForgottenTopic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class FetchSessionTest {
    private static final short BY_NAME = 12;
    private static final short BY_ID = 13;

    private final ManualClock clock = new ManualClock(0);
    private final FetchSessionTable table = new FetchSessionTable(2, clock, RandomSource.seeded(7));

    @Test
    void aSessionRemembersItsPartitionsAndTakesChanges() {
        int id = open(0, 1, 2);
        FetchPlan plan =
                table.plan(
                        request(id, 1, 3)
                                .forgottenTopicsData(
                                        List.of(
                                                new ForgottenTopic()
                                                        .topic("t")
                                                        .partitions(List.of(1)))),
                        BY_NAME);
        assertThat(partitions(plan)).containsExactly(0, 2, 3);
        assertThat(plan.onlyChanges()).isTrue();
        assertThat(plan.sessionId()).isEqualTo(id);
    }

    @Test
    @Tag("wire-23")
    void edge23_partitionsThatGotDataAreServedLastNextTime() {
        int id = open(0, 1, 2);
        FetchPlan plan = table.plan(request(id, 1), BY_NAME);
        plan.answered(plan.targets().stream().limit(1).toList());
        assertThat(partitions(table.plan(request(id, 2), BY_NAME))).containsExactly(1, 2, 0);
    }

    @Test
    @Tag("wire-25")
    void edge25_anUnknownSessionIsNotFound() {
        assertRefused(request(99, 1), BY_NAME, ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
    }

    @Test
    @Tag("wire-25")
    void edge25_aGapInTheEpochIsRefusedAndTheSessionLivesOn() {
        int id = open(0);
        assertRefused(request(id, 3), BY_NAME, ErrorCode.INVALID_FETCH_SESSION_EPOCH);
        assertThat(partitions(table.plan(request(id, 1), BY_NAME))).containsExactly(0);
    }

    @Test
    @Tag("wire-25")
    void edge25_namesAndIdsCannotBeMixedInASession() {
        int id = open(0);
        assertRefused(request(id, 1), BY_ID, ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR);
    }

    @Test
    @Tag("wire-25")
    void edge25_epochMinusOneNeedsNoSessionAndEndsOne() {
        int id = open(0);
        FetchPlan plan = table.plan(request(id, -1, 5), BY_NAME);
        assertThat(plan.sessionId()).isZero();
        assertThat(partitions(plan)).containsExactly(5);
        assertThat(table.size()).isZero();
    }

    @Test
    @Tag("wire-25")
    void edge25_aClientThatLeaksSessionsDoesNotPushOutThoseInUse() {
        int used = open(0);
        open(1);
        for (int leaked = 0; leaked < 10; leaked++) {
            assertThat(table.plan(request(0, 0, 1), BY_NAME).sessionId())
                    .as("no place: served without a session")
                    .isZero();
        }
        clock.advance(Duration.ofSeconds(119));
        table.plan(request(used, 1), BY_NAME).answered(List.of());
        clock.advance(Duration.ofSeconds(2));
        assertThat(table.plan(request(0, 0, 1), BY_NAME).sessionId()).isNotZero();
        assertThat(table.plan(request(used, 2), BY_NAME).sessionId()).isEqualTo(used);
    }

    @Test
    @Tag("wire-24")
    void aSessionWithoutPartitionsEndsAndARequestWithoutChangesDoesNotEndOne() {
        int id = open(0);
        FetchPlan unchanged = table.plan(request(id, 1), BY_NAME);
        assertThat(partitions(unchanged)).containsExactly(0);
        unchanged.answered(List.of());
        FetchPlan emptied =
                table.plan(
                        request(id, 2)
                                .forgottenTopicsData(
                                        List.of(
                                                new ForgottenTopic()
                                                        .topic("t")
                                                        .partitions(List.of(0)))),
                        BY_NAME);
        assertThat(emptied.sessionId()).isZero();
        assertThat(emptied.targets()).isEmpty();
        assertThat(table.size()).isZero();
    }

    @Test
    @Tag("wire-24")
    void aFullRequestWithoutPartitionsGetsASessionToo() {
        int id = open();
        assertThat(id).isNotZero();
        assertThat(partitions(table.plan(request(id, 1, 4), BY_NAME))).containsExactly(4);
    }

    @Test
    @Tag("wire-24")
    void aRequestThatForgetsEverythingIsServedWhatItAsksFor() {
        int id = open(0);
        FetchPlan plan =
                table.plan(
                        request(id, 1, 0)
                                .forgottenTopicsData(
                                        List.of(
                                                new ForgottenTopic()
                                                        .topic("t")
                                                        .partitions(List.of(0)))),
                        BY_NAME);
        assertThat(plan.sessionId()).isZero();
        assertThat(partitions(plan)).containsExactly(0);
        assertThat(table.size()).isZero();
    }

    @Test
    void aSessionServesOneRequestAtATime() {
        int id = open(0);
        FetchPlan running = table.plan(request(id, 1), BY_NAME);
        assertRefused(request(id, 2), BY_NAME, ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
        running.answered(List.of());
        assertThat(table.plan(request(id, 2), BY_NAME).sessionId()).isEqualTo(id);
    }

    private int open(int... partitions) {
        FetchPlan plan = table.plan(request(0, 0, partitions), BY_NAME);
        plan.answered(List.of());
        return plan.sessionId();
    }

    private void assertRefused(FetchRequest request, short version, ErrorCode expected) {
        assertThatThrownBy(() -> table.plan(request, version))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.error()).isEqualTo(expected));
    }

    private static List<Integer> partitions(FetchPlan plan) {
        return plan.targets().stream().map(FetchTarget::partition).toList();
    }

    private static FetchRequest request(int session, int epoch, int... partitions) {
        FetchRequest request = new FetchRequest().sessionId(session).sessionEpoch(epoch);
        if (partitions.length > 0) {
            List<FetchPartition> asked = new ArrayList<>();
            for (int partition : partitions) {
                asked.add(new FetchPartition().partition(partition).partitionMaxBytes(1000));
            }
            request.topics(List.of(new FetchTopic().topic("t").partitions(asked)));
        }
        return request;
    }
}
