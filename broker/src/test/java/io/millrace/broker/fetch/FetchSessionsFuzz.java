package io.millrace.broker.fetch;

import io.millrace.base.time.ManualClock;
import io.millrace.base.time.RandomSource;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.message.FetchRequest;
import io.millrace.protocol.message.FetchRequest.FetchPartition;
import io.millrace.protocol.message.FetchRequest.FetchTopic;
import io.millrace.protocol.message.FetchRequest.ForgottenTopic;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * A series of fetch requests of several clients, eight bytes each: which session, which epoch,
 * which partitions, by name or id, which are forgotten, how much time passes. The table stays
 * within its bound, and a session only ever means partitions that were asked for.
 */
public final class FetchSessionsFuzz {
    private static final int MAX_SESSIONS = 3;
    private static final int REQUEST_BYTES = 8;

    private FetchSessionsFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        ManualClock clock = new ManualClock(0);
        FetchSessionTable table =
                new FetchSessionTable(MAX_SESSIONS, clock, RandomSource.seeded(7));
        List<Integer> opened = new ArrayList<>(List.of(0));
        ByteBuffer in = ByteBuffer.wrap(input);
        while (in.remaining() >= REQUEST_BYTES) {
            step(in, table, clock, opened);
            if (table.size() > MAX_SESSIONS) {
                throw new AssertionError(table.size() + " sessions");
            }
        }
    }

    private static void step(
            ByteBuffer in, FetchSessionTable table, ManualClock clock, List<Integer> opened) {
        int session = opened.get((in.get() & 0xff) % opened.size());
        int epoch = in.get();
        short version = (in.get() & 1) == 0 ? (short) 12 : (short) 13;
        int partitions = in.get() & 0xff;
        int forgotten = in.get() & 0xff;
        int served = in.get() & 0x0f;
        clock.advance(Duration.ofSeconds(in.getShort() & 0xffff));
        FetchRequest request =
                new FetchRequest()
                        .sessionId(session)
                        .sessionEpoch(epoch)
                        .topics(topics(partitions))
                        .forgottenTopicsData(
                                forgotten == 0
                                        ? List.of()
                                        : List.of(
                                                new ForgottenTopic()
                                                        .topic("t")
                                                        .topicId(new UUID(0, 1))
                                                        .partitions(bits(forgotten))));
        FetchPlan plan;
        try {
            plan = table.plan(request, version);
        } catch (ApiException e) {
            return;
        }
        for (FetchTarget target : plan.targets()) {
            if (target.partition() < 0 || target.partition() > 7) {
                throw new AssertionError("partition " + target.partition() + " was not asked for");
            }
        }
        if (plan.sessionId() != 0 && !opened.contains(plan.sessionId())) {
            opened.add(plan.sessionId());
        }
        plan.answered(plan.targets().stream().limit(served).toList());
    }

    private static List<FetchTopic> topics(int partitions) {
        if (partitions == 0) {
            return List.of();
        }
        return List.of(
                new FetchTopic()
                        .topic("t")
                        .topicId(new UUID(0, 1))
                        .partitions(
                                bits(partitions).stream()
                                        .map(index -> new FetchPartition().partition(index))
                                        .toList()));
    }

    private static List<Integer> bits(int mask) {
        List<Integer> set = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            if ((mask & (1 << i)) != 0) {
                set.add(i);
            }
        }
        return set;
    }

    public static List<byte[]> seeds() {
        return List.of(
                new byte[] {0, 0, 0, 3, 0, 1, 0, 0, 1, 1, 0, 4, 1, 1, 0, 0},
                new byte[] {0, 0, 1, 3, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0},
                new byte[] {0, 0, 0, 3, 0, 1, 0, 0, 1, -1, 0, 7, 0, 2, 0, 0});
    }
}
