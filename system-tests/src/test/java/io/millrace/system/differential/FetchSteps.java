package io.millrace.system.differential;

import static io.millrace.protocol.message.ApiKey.FETCH;

import io.millrace.protocol.message.FetchRequest;
import io.millrace.protocol.message.FetchRequest.FetchPartition;
import io.millrace.protocol.message.FetchRequest.FetchTopic;
import io.millrace.protocol.message.FetchRequest.ForgottenTopic;
import io.millrace.protocol.message.FetchResponse;
import java.util.ArrayList;
import java.util.List;

/** Fetches, with and without sessions. */
final class FetchSteps {
    private static final int FIRST_WITH_SESSIONS = 7;
    private static final int FIRST_WITH_IDS = 13;

    private FetchSteps() {}

    static List<Step> all() {
        return List.of(
                Step.of(10, FetchSteps::fetchOnce, FETCH),
                Step.of(5, FetchSteps::fetchInSession, FETCH));
    }

    /** A session as its client keeps it. */
    private static final class Session {
        private int id;
        private int epoch;
        private short version;
    }

    private static void fetchOnce(Sequence s) {
        short version = s.version(FETCH);
        s.ask(request(s, version, topics(s, version)).sessionEpoch(-1), version);
    }

    private static FetchRequest request(Sequence s, short version, List<FetchTopic> topics) {
        return new FetchRequest()
                .replicaId(-1)
                .maxWaitMs(s.oneOf(0, 1, 5))
                .minBytes(s.oneOf(0, 1, 1))
                .maxBytes(s.oneOf(1 << 20, 1 << 20, 1, 300))
                .isolationLevel(s.oneOf((byte) 0, (byte) 1))
                .topics(topics);
    }

    private static List<FetchTopic> topics(Sequence s, short version) {
        List<FetchTopic> topics = new ArrayList<>();
        int wanted = 1 + s.random.nextInt(2);
        for (int i = 0; i < wanted; i++) {
            Topic topic = TopicSteps.any(s);
            if (topics.stream().anyMatch(t -> t.topic().equals(topic.name))
                    || topics.stream().anyMatch(t -> t.topicId().equals(topic.id))) {
                continue;
            }
            FetchTopic fetched = new FetchTopic();
            if (version >= FIRST_WITH_IDS) {
                fetched.topicId(s.chance(95) ? topic.id : TopicSteps.anyId(s));
            } else {
                fetched.topic(s.chance(95) ? topic.name : s.name("none"));
            }
            int first = TopicSteps.anyPartition(s, topic);
            fetched.partitions().add(partition(s, first));
            if (topic.partitions > 1 && s.chance(40) && first >= 0 && first < topic.partitions) {
                fetched.partitions().add(partition(s, (first + 1) % topic.partitions));
            }
            topics.add(fetched);
        }
        return topics;
    }

    private static FetchPartition partition(Sequence s, int index) {
        return new FetchPartition()
                .partition(index)
                .fetchOffset(s.oneOf(0L, 0L, 0L, 1L, 2L, 3L, -1L, 1000L))
                .currentLeaderEpoch(s.oneOf(-1, -1, 0, 0, 7))
                .lastFetchedEpoch(s.oneOf(-1, -1, -1, 0, 3))
                .partitionMaxBytes(s.oneOf(1 << 20, 1 << 20, 1, 200));
    }

    private static void fetchInSession(Sequence s) {
        List<Session> sessions = s.remembered("sessions", ArrayList::new);
        if (!s.serves(FETCH, FIRST_WITH_SESSIONS, 99)) {
            return;
        }
        if (sessions.isEmpty() || s.chance(25)) {
            open(s, sessions);
            return;
        }
        Session session = s.oneOf(sessions);
        boolean otherVersion = s.chance(5);
        short version = otherVersion ? s.version(FETCH, FIRST_WITH_SESSIONS, 99) : session.version;
        boolean changes = s.chance(40);
        FetchRequest request =
                request(s, version, changes ? topics(s, version) : List.of())
                        .sessionId(session.id)
                        .sessionEpoch(session.epoch);
        if (s.chance(15)) {
            Topic topic = TopicSteps.any(s);
            ForgottenTopic forgotten = new ForgottenTopic().partitions(List.of(0));
            request.forgottenTopicsData(
                    List.of(
                            version >= FIRST_WITH_IDS
                                    ? forgotten.topicId(topic.id)
                                    : forgotten.topic(topic.name)));
        }
        if (s.chance(10)) {
            request.sessionEpoch(s.oneOf(session.epoch + 1, session.epoch - 1, -1, 0));
        }
        if (s.chance(4)) {
            request.sessionId(s.oneOf(1, 0));
        }
        FetchResponse response = s.ask(request, version);
        boolean ended = request.sessionEpoch() <= 0 || request.sessionId() != session.id;
        if (ended) {
            sessions.remove(session);
        } else if (response.errorCode() == 0) {
            session.epoch = request.sessionEpoch() + 1;
        }
    }

    private static void open(Sequence s, List<Session> sessions) {
        short version = s.version(FETCH, FIRST_WITH_SESSIONS, 99);
        FetchResponse response =
                s.ask(request(s, version, topics(s, version)).sessionEpoch(0), version);
        if (response.errorCode() == 0 && response.sessionId() != 0) {
            Session session = new Session();
            session.id = response.sessionId();
            session.epoch = 1;
            session.version = version;
            sessions.add(session);
        }
    }
}
