package io.millrace.broker.replication.fetcher;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.loop.ManualEventLoop;
import io.millrace.base.time.RandomSource;
import io.millrace.broker.fetch.FetchPlan;
import io.millrace.broker.fetch.FetchSessionTable;
import io.millrace.broker.fetch.FetchTarget;
import io.millrace.broker.log.Batches;
import io.millrace.broker.peer.PeerRequests;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.FetchRequest;
import io.millrace.protocol.message.FetchResponse;
import io.millrace.protocol.message.FetchResponse.EpochEndOffset;
import io.millrace.protocol.message.FetchResponse.FetchableTopicResponse;
import io.millrace.protocol.message.FetchResponse.PartitionData;
import io.millrace.protocol.message.MessageSink;
import io.millrace.protocol.record.BufferRecords;
import io.millrace.protocol.record.RecordBatchView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * A leader in memory behind real fetch sessions: requests and answers pass through their wire
 * format. One request at a time on each lane; it waits for records as a broker does.
 */
final class FakeLeader implements PeerRequests {
    static final short VERSION = 18;
    private static final ApiException LOST = new ApiException(ErrorCode.NETWORK_EXCEPTION, "lost");

    final Map<FetchKey, Log> logs = new HashMap<>();
    final List<FetchRequest> requests = new ArrayList<>();
    final List<Waiting> waiting = new ArrayList<>();
    private final Map<FetchTarget, String> told = new IdentityHashMap<>();
    private final ManualEventLoop loop;
    FetchSessionTable sessions;

    /** What happens to the next requests: lost on the way, or answered in vain. */
    Network network = Network.WORKS;

    /** Changes the bytes of the next answer that carries records. */
    boolean damagesNext;

    enum Network {
        WORKS,
        LOSES_REQUESTS,
        LOSES_ANSWERS,
        NEVER_ANSWERS
    }

    /** One partition of the leader. */
    static final class Log {
        final List<ByteBuf> batches = new ArrayList<>();
        int epoch;
        long start;
        long end;
        long highWatermark;
        ErrorCode error = ErrorCode.NONE;

        Log(int epoch) {
            this.epoch = epoch;
        }

        void append(String prefix, int count) {
            ByteBuf made = Batches.of(prefix, count);
            ByteBuf batch = Unpooled.wrappedBuffer(ByteBufUtil.getBytes(made));
            made.release();
            RecordBatchView.at(batch, 0).assign(end, epoch);
            batches.add(batch);
            end += count;
        }

        /** End offset of the largest epoch up to this one. */
        long endOf(int asked) {
            long found = start;
            for (ByteBuf batch : batches) {
                RecordBatchView view = RecordBatchView.at(batch, 0);
                if (view.partitionLeaderEpoch() <= asked) {
                    found = view.nextOffset();
                }
            }
            return found;
        }

        int epochUpTo(int asked) {
            int found = -1;
            for (ByteBuf batch : batches) {
                int epoch = RecordBatchView.at(batch, 0).partitionLeaderEpoch();
                found = epoch <= asked ? epoch : found;
            }
            return found;
        }
    }

    final class Waiting {
        private final FetchRequest request;
        private final FetchPlan plan;
        private final CompletableFuture<FetchResponse> answer;
        private final EventLoop.Timer patience;

        Waiting(FetchRequest request, FetchPlan plan, CompletableFuture<FetchResponse> answer) {
            this.request = request;
            this.plan = plan;
            this.answer = answer;
            this.patience = loop.schedule(request.maxWaitMs(), () -> attempt(this, true));
        }
    }

    FakeLeader(ManualEventLoop loop) {
        this.loop = loop;
        this.sessions = new FetchSessionTable(100, loop.clock(), RandomSource.seeded(3));
    }

    Log log(FetchKey key) {
        return logs.computeIfAbsent(key, k -> new Log(1));
    }

    /** Whoever waits for records looks again. */
    void appended() {
        List.copyOf(waiting).forEach(each -> attempt(each, false));
    }

    /** Forgets all sessions, as after a restart. */
    void restart() {
        sessions = new FetchSessionTable(100, loop.clock(), RandomSource.seeded(requests.size()));
        for (Waiting each : List.copyOf(waiting)) {
            waiting.remove(each);
            each.answer.completeExceptionally(LOST);
        }
    }

    @Override
    @SuppressWarnings("unchecked")
    public <R extends ApiResponse> CompletableFuture<R> send(
            int brokerId, Lane lane, ApiRequest<R> request) {
        CompletableFuture<FetchResponse> answer = new CompletableFuture<>();
        FetchRequest copy =
                FetchRequest.read(onWire(sink -> request.write(sink, VERSION)), VERSION);
        loop.post(() -> onRequest(copy, answer));
        return (CompletableFuture<R>) answer;
    }

    private void onRequest(FetchRequest request, CompletableFuture<FetchResponse> answer) {
        requests.add(request);
        if (network == Network.NEVER_ANSWERS) {
            return;
        }
        if (network == Network.LOSES_REQUESTS) {
            answer.completeExceptionally(LOST);
            return;
        }
        try {
            Waiting wait = new Waiting(request, sessions.plan(request, VERSION), answer);
            waiting.add(wait);
            attempt(wait, false);
        } catch (ApiException e) {
            answer.complete(new FetchResponse().errorCode(e.error().code()));
        }
    }

    private void attempt(Waiting wait, boolean patienceOver) {
        if (!waiting.contains(wait)) {
            return;
        }
        List<FetchableTopicResponse> topics = new ArrayList<>();
        List<FetchTarget> served = new ArrayList<>();
        int bytes = 0;
        boolean failed = false;
        for (FetchTarget target : wait.plan.targets()) {
            PartitionData part = read(target, wait.request.maxBytes() - bytes, bytes == 0);
            int size = part.records() == null ? 0 : part.records().sizeInBytes();
            boolean problem = part.errorCode() != 0 || part.divergingEpoch().endOffset() >= 0;
            failed |= problem;
            bytes += size;
            if (size > 0) {
                served.add(target);
            }
            if (!wait.plan.onlyChanges()
                    || size > 0
                    || problem
                    || !shown(part).equals(told.get(target))) {
                told.put(target, shown(part));
                topics.add(
                        new FetchableTopicResponse()
                                .topicId(target.topicId())
                                .partitions(List.of(part)));
            }
        }
        if (bytes == 0 && !failed && !patienceOver) {
            return;
        }
        waiting.remove(wait);
        wait.patience.cancel();
        wait.plan.answered(served);
        FetchResponse response =
                new FetchResponse().sessionId(wait.plan.sessionId()).responses(topics);
        FetchResponse copy =
                FetchResponse.read(onWire(sink -> response.write(sink, VERSION)), VERSION);
        if (network == Network.LOSES_ANSWERS) {
            wait.answer.completeExceptionally(LOST);
        } else {
            wait.answer.complete(copy);
        }
    }

    private static String shown(PartitionData part) {
        return part.highWatermark() + " " + part.logStartOffset();
    }

    private PartitionData read(FetchTarget target, int budget, boolean first) {
        Log log = logs.get(new FetchKey(target.topicId(), target.partition()));
        PartitionData part = new PartitionData().partitionIndex(target.partition());
        if (log == null) {
            return part.errorCode(ErrorCode.UNKNOWN_TOPIC_ID.code());
        }
        part.lastStableOffset(-1);
        if (log.error != ErrorCode.NONE) {
            return part.errorCode(log.error.code());
        }
        if (target.currentLeaderEpoch() != log.epoch) {
            return part.errorCode(
                    target.currentLeaderEpoch() < log.epoch
                            ? ErrorCode.FENCED_LEADER_EPOCH.code()
                            : ErrorCode.UNKNOWN_LEADER_EPOCH.code());
        }
        part.highWatermark(log.highWatermark).logStartOffset(log.start);
        int lastEpoch = target.lastFetchedEpoch();
        if (lastEpoch >= 0
                && (log.epochUpTo(lastEpoch) != lastEpoch
                        || log.endOf(lastEpoch) < target.fetchOffset())
                && target.fetchOffset() >= log.start) {
            return part.divergingEpoch(
                    new EpochEndOffset()
                            .epoch(log.epochUpTo(lastEpoch))
                            .endOffset(log.endOf(lastEpoch)));
        }
        if (target.fetchOffset() < log.start || target.fetchOffset() > log.end) {
            return part.errorCode(ErrorCode.OFFSET_OUT_OF_RANGE.code());
        }
        return part.records(
                new BufferRecords(
                        batches(log, target, Math.min(budget, target.maxBytes()), first)));
    }

    private ByteBuf batches(Log log, FetchTarget target, int maxBytes, boolean first) {
        ByteBuf out = Unpooled.buffer();
        for (ByteBuf batch : log.batches) {
            if (RecordBatchView.at(batch, 0).lastOffset() < target.fetchOffset()) {
                continue;
            }
            boolean whole = out.readableBytes() + batch.readableBytes() <= maxBytes;
            if (!whole && (out.isReadable() || !first)) {
                // As from a file: the last batch may be cut, the first never is.
                out.writeBytes(batch, 0, out.isReadable() ? maxBytes - out.readableBytes() : 0);
                break;
            }
            out.writeBytes(batch, 0, batch.readableBytes());
        }
        if (damagesNext && out.isReadable()) {
            damagesNext = false;
            out.setByte(out.writerIndex() - 1, out.getByte(out.writerIndex() - 1) ^ 1);
        }
        return out;
    }

    private static ByteBuf onWire(java.util.function.Consumer<MessageSink> message) {
        MessageSink sink = MessageSink.onHeap();
        message.accept(sink);
        ByteBuf bytes = sink.toBuffer();
        try {
            return Unpooled.wrappedBuffer(ByteBufUtil.getBytes(bytes));
        } finally {
            bytes.release();
        }
    }
}
