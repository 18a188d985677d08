package io.millrace.broker.fetch;

import io.millrace.base.loop.EventLoop;
import io.millrace.broker.log.FileRecords;
import io.millrace.broker.log.LogSnapshot;
import io.millrace.broker.network.Requester;
import io.millrace.broker.partition.AdvanceWait;
import io.millrace.broker.partition.Partition;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.FetchRequest;
import io.millrace.protocol.message.FetchResponse;
import io.millrace.protocol.message.FetchResponse.FetchableTopicResponse;
import io.millrace.protocol.message.FetchResponse.PartitionData;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One fetch until it is answered: reads its partitions, and if they hold less than the client
 * wants, waits for one of them to advance or for the client's patience to end. Owned by the
 * connection's loop; partitions wake it from theirs.
 */
public final class PendingFetch {
    /** How long a fetch waits for logs to be opened before it tells the client to come again. */
    private static final long OPENING_GRACE_MS = 5_000;

    private final Requester client;
    private final FetchRequest request;
    private final FetchPlan plan;
    private final FetchReader reader;
    private final Reading reading;
    private final CompletableFuture<FetchResponse> done = new CompletableFuture<>();
    private final List<AdvanceWait> waits = new ArrayList<>(0);

    /** Set while a wake-up is on its way to the loop: several partitions may advance at once. */
    private final AtomicBoolean wakingUp = new AtomicBoolean();

    private EventLoop.@Nullable Timer patience;
    private boolean patienceOver;
    private EventLoop.@Nullable Timer grace;
    private boolean graceOver;

    public PendingFetch(
            Requester client,
            FetchRequest request,
            short version,
            FetchPlan plan,
            FetchReader reader) {
        this.client = client;
        this.request = request;
        this.plan = plan;
        this.reader = reader;
        this.reading = Reading.of(request, version);
    }

    /** Reads now; the future completes on the connection's loop. */
    public CompletableFuture<FetchResponse> start() {
        patienceOver = request.maxWaitMs() <= 0 || plan.targets().isEmpty();
        attempt();
        return done;
    }

    /** What one pass over the partitions found. */
    private static final class Pass {
        private final List<FetchableTopicResponse> topics = new ArrayList<>();
        private final List<FetchTarget> toldTargets = new ArrayList<>();
        private final List<PartitionData> answers = new ArrayList<>();
        private final List<FetchTarget> served = new ArrayList<>();
        private final List<Cold> cold = new ArrayList<>(0);
        private final List<CompletableFuture<Void>> opening = new ArrayList<>(0);
        private long bytes;
        private boolean failed;

        /** Where the log ended, as this reader sees it, before records were read from it. */
        private final Map<FetchTarget, Long> ends = new IdentityHashMap<>(0);

        void add(FetchTarget target, PartitionData answer) {
            FetchableTopicResponse last = topics.isEmpty() ? null : topics.get(topics.size() - 1);
            if (last == null
                    || !last.topicId().equals(target.topicId())
                    || !last.topic().equals(target.topic())) {
                last = new FetchableTopicResponse().topic(target.topic()).topicId(target.topicId());
                topics.add(last);
            }
            last.partitions().add(answer);
            toldTargets.add(target);
            answers.add(answer);
        }
    }

    /** Records that come from the disk, and the answer they are part of. */
    private record Cold(FetchTarget target, PartitionData answer, FileRecords records) {}

    private void attempt() {
        if (done.isDone()) {
            return;
        }
        if (client.isGone()) {
            stopWaiting();
            plan.abandoned();
            done.cancel(false);
            return;
        }
        Pass pass;
        try {
            pass = readAll();
        } catch (RuntimeException e) {
            stopWaiting();
            plan.abandoned();
            done.completeExceptionally(e);
            return;
        }
        if (!pass.opening.isEmpty() && !graceOver) {
            waitForOpening(pass);
        } else if (patienceOver || pass.failed || pass.bytes >= minBytes()) {
            stopWaiting();
            warmThenAnswer(pass);
        } else {
            waitForMore(pass);
        }
    }

    /** No more can be waited for than is given at once. */
    private int minBytes() {
        return Math.min(request.minBytes(), budget());
    }

    private int budget() {
        return Math.max(0, Math.min(request.maxBytes(), reader.maxResponseBytes()));
    }

    private Pass readAll() {
        Pass pass = new Pass();
        int budget = budget();
        for (FetchTarget target : plan.targets()) {
            // KIP-74: the first batch comes whatever its size, or a client could get stuck.
            boolean first = pass.bytes == 0;
            FetchReader.Limits limits =
                    new FetchReader.Limits((int) Math.max(0, budget - pass.bytes), first, reading);
            long end = endOf(target);
            FetchReader.Outcome outcome = reader.read(target, limits, plan.onlyChanges());
            if (outcome instanceof FetchReader.Outcome.Opening opening) {
                pass.opening.add(opening.opened());
                if (graceOver) {
                    outcome = FetchReader.failed(target, ErrorCode.OFFSET_NOT_AVAILABLE);
                }
            }
            if (outcome instanceof FetchReader.Outcome.Told told) {
                take(pass, target, told);
                if (pass.bytes > 0) {
                    pass.ends.put(target, end);
                }
            }
        }
        return pass;
    }

    private long endOf(FetchTarget target) {
        Partition partition = reader.resolve(target, reading.byTopicId());
        LogSnapshot log = partition == null ? null : partition.snapshot().orElse(null);
        return log == null ? 0 : reading.isolation().endOf(log);
    }

    private void take(Pass pass, FetchTarget target, FetchReader.Outcome.Told told) {
        PartitionData answer = told.answer();
        int bytes = answer.records() == null ? 0 : answer.records().sizeInBytes();
        pass.bytes += bytes;
        pass.failed |= told.failed();
        if (bytes > 0) {
            pass.served.add(target);
            if (told.cold() && answer.records() instanceof FileRecords file) {
                pass.cold.add(new Cold(target, answer, file));
            }
        }
        boolean worthTelling =
                !plan.onlyChanges()
                        || bytes > 0
                        || told.failed()
                        || target.isNews(
                                answer.highWatermark(),
                                answer.lastStableOffset(),
                                answer.logStartOffset());
        if (worthTelling) {
            pass.add(target, answer);
        }
    }

    /** A log that is being opened will be there in a moment, whatever the client's patience. */
    private void waitForOpening(Pass pass) {
        if (grace == null) {
            grace =
                    client.schedule(
                            OPENING_GRACE_MS,
                            () -> {
                                graceOver = true;
                                attempt();
                            });
        }
        wakingUp.set(false);
        CompletableFuture.allOf(pass.opening.toArray(new CompletableFuture<?>[0]))
                .whenComplete((opened, failure) -> onOpened(failure != null));
    }

    /** From any thread. A log that cannot be opened is not waited for a second time. */
    private void onOpened(boolean failed) {
        client.post(
                () -> {
                    graceOver |= failed;
                    wakeUp();
                });
    }

    /** What was read is not enough: only what comes behind it is news. */
    private void waitForMore(Pass pass) {
        if (patience == null) {
            patience = client.schedule(request.maxWaitMs(), this::onPatienceOver);
        }
        cancelWaits();
        wakingUp.set(false);
        for (FetchTarget target : plan.targets()) {
            Partition partition = reader.resolve(target, reading.byTopicId());
            if (partition != null && !target.throttled()) {
                long end = pass.ends.getOrDefault(target, 0L);
                long beyond = Math.max(end, Math.max(target.fetchOffset(), 0));
                waits.add(partition.onAdvance(beyond, reading.isolation(), this::wakeUp));
            }
        }
    }

    /** From any thread. */
    private void wakeUp() {
        if (wakingUp.compareAndSet(false, true)) {
            client.post(this::attempt);
        }
    }

    private void onPatienceOver() {
        patienceOver = true;
        attempt();
    }

    private void stopWaiting() {
        // Nobody wakes an answered fetch.
        wakingUp.set(true);
        cancelWaits();
        if (patience != null) {
            patience.cancel();
        }
        if (grace != null) {
            grace.cancel();
        }
    }

    private void cancelWaits() {
        for (int i = 0; i < waits.size(); i++) {
            waits.get(i).cancel();
        }
        waits.clear();
    }

    private void warmThenAnswer(Pass pass) {
        if (pass.cold.isEmpty()) {
            answer(pass);
            return;
        }
        CompletableFuture<?>[] warm =
                pass.cold.stream().map(this::warm).toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(warm)
                .whenComplete((read, failure) -> client.execute(() -> answer(pass)));
    }

    private CompletableFuture<Void> warm(Cold cold) {
        return reader.coldReads()
                .warm(cold.records(), cold.target().fetchOffset())
                .thenAccept(
                        damage ->
                                damage.ifPresent(
                                        found ->
                                                reader.leaveOut(
                                                        found,
                                                        cold.target(),
                                                        cold.answer(),
                                                        cold.records())));
    }

    private void answer(Pass pass) {
        for (int i = 0; i < pass.toldTargets.size(); i++) {
            plan.told(pass.toldTargets.get(i), pass.answers.get(i));
        }
        plan.answered(pass.served);
        done.complete(new FetchResponse().sessionId(plan.sessionId()).responses(pass.topics));
    }
}
