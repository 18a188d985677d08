package io.millrace.broker.peer;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.loop.LoopClosedException;
import io.millrace.broker.controller.IsrChange;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.replication.IsrAnswer;
import io.millrace.broker.replication.IsrChanges;
import io.millrace.broker.replication.IsrProposal;
import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.MetadataImage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Takes the in-sync replicas that this broker's leaders want to the controller: a few milliseconds'
 * worth at a time, one request under way. Owned by its loop.
 */
public final class BatchedIsrChanges implements IsrChanges {
    /** What comes within this time goes together. */
    static final long LINGER_MS = 5;

    static final int MOST_AT_ONCE = 2_000;

    private final EventLoop loop;
    private final int brokerId;
    private final Supplier<MetadataImage> metadata;
    private final Supplier<RoutedController> controller;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private boolean scheduled;
    private boolean asking;

    private record Waiting(IsrChange change, CompletableFuture<IsrAnswer> answer) {}

    /**
     * @param controller once the broker has joined its cluster
     */
    public BatchedIsrChanges(
            EventLoop loop,
            int brokerId,
            Supplier<MetadataImage> metadata,
            Supplier<RoutedController> controller) {
        this.loop = loop;
        this.brokerId = brokerId;
        this.metadata = metadata;
        this.controller = controller;
    }

    @Override
    public CompletableFuture<IsrAnswer> propose(
            TopicPartition id, UUID topicId, IsrProposal proposal) {
        IsrChange change =
                new IsrChange(
                        topicId,
                        id.partition(),
                        proposal.leaderEpoch(),
                        proposal.partitionEpoch(),
                        proposal.isr().stream()
                                .map(
                                        member ->
                                                new IsrChange.Member(
                                                        member.brokerId(), member.brokerEpoch()))
                                .toList());
        CompletableFuture<IsrAnswer> answer = new CompletableFuture<>();
        try {
            loop.execute(
                    () -> {
                        waiting.add(new Waiting(change, answer));
                        sendSoon();
                    });
        } catch (LoopClosedException e) {
            answer.complete(new IsrAnswer.Unknown("this broker stops"));
        }
        return answer;
    }

    private void sendSoon() {
        if (!scheduled && !asking && !waiting.isEmpty()) {
            scheduled = true;
            loop.schedule(LINGER_MS, this::send);
        }
    }

    private void send() {
        scheduled = false;
        List<Waiting> batch = new ArrayList<>();
        while (!waiting.isEmpty() && batch.size() < MOST_AT_ONCE) {
            batch.add(waiting.remove());
        }
        BrokerImage self = metadata.get().broker(brokerId);
        if (self == null) {
            answer(batch, "this broker is not registered");
            return;
        }
        asking = true;
        controller
                .get()
                .proposeIsr(brokerId, self.epoch(), batch.stream().map(Waiting::change).toList())
                .whenComplete(
                        (answers, failure) -> {
                            if (failure == null) {
                                for (int i = 0; i < batch.size(); i++) {
                                    batch.get(i).answer.complete(answers.get(i));
                                }
                            } else {
                                answer(batch, String.valueOf(failure.getMessage()));
                            }
                            loop.execute(
                                    () -> {
                                        asking = false;
                                        sendSoon();
                                    });
                        });
    }

    private static void answer(List<Waiting> batch, String why) {
        batch.forEach(each -> each.answer.complete(new IsrAnswer.Unknown(why)));
    }
}
