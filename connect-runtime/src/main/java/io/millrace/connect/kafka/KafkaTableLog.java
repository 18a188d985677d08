package io.millrace.connect.kafka;

import io.millrace.base.loop.LoopClosedException;
import io.millrace.base.loop.ThreadedEventLoop;
import io.millrace.base.time.Clock;
import io.millrace.clients.ClientException;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.consumer.Consumer;
import io.millrace.clients.consumer.ConsumerRecord;
import io.millrace.clients.producer.Producer;
import io.millrace.clients.producer.ProducerRecord;
import io.millrace.connect.store.KeyValue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link TableLog} in a Kafka topic. One loop owns the consumer: it polls, hands records out, and
 * answers {@link #readToEnd} by comparing its positions with the end of the log. While the cluster
 * is away it keeps trying; requests fail with the client's timeout.
 */
public final class KafkaTableLog implements TableLog {
    private static final Logger LOGGER = LoggerFactory.getLogger(KafkaTableLog.class);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final long RETRY_MS = 1_000;

    private record Pending(Map<TopicPartition, Long> ends, CompletableFuture<Void> done) {}

    private final String topic;
    private final List<TopicPartition> partitions;
    private final Consumer<byte[], byte[]> consumer;
    private final Producer<byte[], byte[]> producer;
    private final ThreadedEventLoop loop;
    private final List<Pending> pending = new ArrayList<>();
    private boolean closing;
    private Listener listener = (offset, key, value) -> {};

    /**
     * @param partitionCount of the topic
     * @param consumer closed by this log
     * @param producer shared with others, not closed here
     */
    public KafkaTableLog(
            String topic,
            int partitionCount,
            Consumer<byte[], byte[]> consumer,
            Producer<byte[], byte[]> producer,
            Clock clock) {
        this.topic = topic;
        List<TopicPartition> all = new ArrayList<>();
        for (int partition = 0; partition < partitionCount; partition++) {
            all.add(new TopicPartition(topic, partition));
        }
        this.partitions = List.copyOf(all);
        this.consumer = consumer;
        this.producer = producer;
        this.loop =
                ThreadedEventLoop.start(
                        "connect-table-" + topic, clock, (failed, cause) -> failPending(cause));
    }

    @Override
    public CompletableFuture<Void> start(Listener records) {
        loop.post(
                () -> {
                    listener = records;
                    consumer.assign(partitions);
                    consumer.seekToBeginning(partitions);
                    loop.post(this::poll);
                });
        return readToEnd();
    }

    @Override
    public CompletableFuture<Void> append(List<KeyValue> records) {
        List<CompletableFuture<?>> sent = new ArrayList<>(records.size());
        for (KeyValue record : records) {
            sent.add(producer.send(new ProducerRecord<>(topic, record.key(), record.value())));
        }
        return CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new));
    }

    @Override
    public CompletableFuture<Void> readToEnd() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.post(
                () -> {
                    try {
                        pending.add(new Pending(consumer.endOffsets(partitions), done));
                        completeReached();
                    } catch (ClientException e) {
                        done.completeExceptionally(e);
                    }
                });
        return done;
    }

    private void poll() {
        if (closing) {
            return;
        }
        try {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                deliver(record.offset(), record.key(), record.value());
            }
            completeReached();
            loop.post(this::poll);
        } catch (ClientException e) {
            LOGGER.atWarn()
                    .addKeyValue("topic", topic)
                    .addKeyValue("why", e.getMessage())
                    .log("cannot read internal topic; trying again");
            loop.schedule(RETRY_MS, this::poll);
        }
    }

    private void deliver(long offset, byte @Nullable [] key, byte @Nullable [] value) {
        listener.onRecord(offset, key, value);
    }

    private void completeReached() {
        pending.removeIf(
                wait -> {
                    boolean reached =
                            wait.ends().entrySet().stream()
                                    .allMatch(end -> reached(end.getKey(), end.getValue()));
                    if (reached) {
                        wait.done().complete(null);
                    }
                    return reached;
                });
    }

    private boolean reached(TopicPartition partition, long end) {
        return end == 0 || consumer.position(partition) >= end;
    }

    private void failPending(Throwable cause) {
        pending.forEach(wait -> wait.done().completeExceptionally(cause));
        pending.clear();
    }

    @Override
    public void close() {
        CompletableFuture<Void> ended = new CompletableFuture<>();
        try {
            // On the loop, so that no poll is under way or follows.
            loop.post(
                    () -> {
                        closing = true;
                        ended.complete(null);
                    });
            ended.join();
        } catch (LoopClosedException e) {
            LOGGER.atDebug().setCause(e).log("loop had ended before");
        }
        loop.close();
        consumer.close();
    }
}
