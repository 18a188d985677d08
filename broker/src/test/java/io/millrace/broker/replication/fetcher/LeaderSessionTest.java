package io.millrace.broker.replication.fetcher;

import static io.millrace.broker.replication.fetcher.LaneHarness.A;
import static io.millrace.broker.replication.fetcher.LaneHarness.B;
import static io.millrace.broker.replication.fetcher.LaneHarness.C;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.replication.FollowPoint;
import io.millrace.protocol.message.FetchRequest;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LeaderSessionTest {
    private final LeaderSession session = new LeaderSession();

    private static FollowPoint at(long offset) {
        return new FollowPoint(offset, 4, 3, 0);
    }

    private static long partitions(FetchRequest request) {
        return request.topics().stream().mapToInt(topic -> topic.partitions().size()).sum();
    }

    private FetchRequest next() {
        return session.next(1_000);
    }

    @Test
    void withoutASessionEveryRequestNamesEverything() {
        session.want(A, at(1));
        session.want(B, at(2));
        session.want(C, at(3));
        FetchRequest first = next();
        assertThat(first.topics()).hasSize(2);
        assertThat(partitions(first)).isEqualTo(3);
        session.answered(0);
        FetchRequest second = next();
        assertThat(second.sessionId()).isZero();
        assertThat(second.sessionEpoch()).isZero();
        assertThat(partitions(second)).isEqualTo(3);
    }

    @Test
    void inASessionOnlyWhatChangedIsNamedAndItsEpochGrows() {
        session.want(A, at(1));
        session.want(B, at(2));
        next();
        session.answered(55);
        session.want(A, at(1));
        session.want(B, at(9));
        FetchRequest second = next();
        assertThat(second.sessionId()).isEqualTo(55);
        assertThat(second.sessionEpoch()).isEqualTo(1);
        assertThat(partitions(second)).isEqualTo(1);
        assertThat(session.asked(A)).isEqualTo(at(1));
        assertThat(session.asked(B)).isEqualTo(at(9));
        session.answered(55);
        FetchRequest third = next();
        assertThat(third.sessionEpoch()).isEqualTo(2);
        assertThat(third.topics()).isEmpty();
    }

    @Test
    void whatIsDroppedIsForgottenByTheLeaderOnce() {
        session.want(A, at(1));
        session.want(B, at(2));
        next();
        session.answered(55);
        session.drop(A);
        session.want(C, at(1));
        session.drop(C);
        FetchRequest request = next();
        assertThat(request.forgottenTopicsData()).hasSize(1);
        assertThat(request.forgottenTopicsData().get(0).partitions()).isEqualTo(List.of(0));
        assertThat(session.asked(A)).isNull();
        session.answered(55);
        assertThat(next().forgottenTopicsData()).isEmpty();
    }

    @Test
    void whatIsDroppedAndWantedAgainBeforeTheNextRequestIsNotForgotten() {
        session.want(A, at(1));
        next();
        session.answered(55);
        session.drop(A);
        session.want(A, at(1));
        FetchRequest request = next();
        assertThat(request.forgottenTopicsData()).isEmpty();
        assertThat(session.asked(A)).isEqualTo(at(1));
    }

    @Test
    void aLostSessionIsEndedByTheNextRequestUnlessTheLeaderHasNone() {
        session.want(A, at(1));
        next();
        session.answered(55);
        session.want(A, at(2));
        next();
        session.lost(true);
        FetchRequest request = next();
        assertThat(request.sessionId()).isEqualTo(55);
        assertThat(request.sessionEpoch()).isZero();
        assertThat(partitions(request)).isEqualTo(1);
        session.lost(false);
        assertThat(next().sessionId()).isZero();
    }
}
