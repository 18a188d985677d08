package io.millrace.connect.task;

import io.millrace.clients.Headers;
import io.millrace.clients.admin.Admin;
import io.millrace.clients.admin.NewTopic;
import io.millrace.clients.consumer.ConsumerRecord;
import io.millrace.clients.producer.Producer;
import io.millrace.clients.producer.ProducerRecord;
import io.millrace.clients.producer.RecordMetadata;
import io.millrace.connect.kafka.InternalTopics;
import io.millrace.connect.store.TaskId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Dead letter queue of a sink task: failed records go to a topic as they were read, with the reason
 * in headers {@code __connect.errors.*} if wanted. Offsets are committed only when the letters
 * before them are durable. Used by the task's thread.
 */
public final class DeadLetters implements Consumer<FailedRecord>, AutoCloseable {
    private static final String PREFIX = "__connect.errors.";

    /** Beyond this many unacknowledged letters, the task waits. */
    private static final int MAX_PENDING = 1_000;

    private final TaskId task;
    private final String topic;
    private final boolean withContext;
    private final Producer<byte[], byte[]> producer;
    private final List<CompletableFuture<RecordMetadata>> pending = new ArrayList<>();

    public DeadLetters(
            TaskId task, String topic, boolean withContext, Producer<byte[], byte[]> producer) {
        this.task = task;
        this.topic = topic;
        this.withContext = withContext;
        this.producer = producer;
    }

    /** Creates the topic with one partition if it is absent. */
    public static void ensureTopic(Admin admin, String topic, int replicationFactor) {
        String what = "create dead letter topic " + topic;
        if (InternalTopics.await(what, admin.findTopics(List.of(topic))).containsKey(topic)) {
            return;
        }
        OptionalInt replicas =
                replicationFactor < 1 ? OptionalInt.empty() : OptionalInt.of(replicationFactor);
        NewTopic wanted = new NewTopic(topic, OptionalInt.of(1), replicas, java.util.Map.of());
        try {
            InternalTopics.await(what, admin.createTopics(List.of(wanted)));
        } catch (IllegalStateException e) {
            if (!InternalTopics.await(what, admin.findTopics(List.of(topic))).containsKey(topic)) {
                throw e;
            }
        }
    }

    @Override
    public void accept(FailedRecord failed) {
        ConsumerRecord<byte[], byte[]> read = failed.consumed();
        if (read != null) {
            send(read, failed);
        }
    }

    CompletableFuture<RecordMetadata> send(
            ConsumerRecord<byte[], byte[]> read, FailedRecord failed) {
        Headers headers = withContext ? describe(read, failed) : read.headers();
        CompletableFuture<RecordMetadata> sent =
                producer.send(
                        new ProducerRecord<>(
                                topic,
                                null,
                                read.timestampMs() < 0 ? null : read.timestampMs(),
                                read.key(),
                                read.value(),
                                headers));
        pending.add(sent);
        if (pending.size() >= MAX_PENDING) {
            await();
        }
        return sent;
    }

    /** Waits until every letter is durable. */
    void await() {
        if (pending.isEmpty()) {
            return;
        }
        producer.flush();
        for (CompletableFuture<RecordMetadata> sent : pending) {
            sent.join();
        }
        pending.clear();
    }

    private Headers describe(ConsumerRecord<byte[], byte[]> read, FailedRecord failed) {
        List<io.millrace.clients.Header> headers = new ArrayList<>(read.headers().asList());
        add(headers, "topic", read.topic());
        add(headers, "partition", Integer.toString(read.partition()));
        add(headers, "offset", Long.toString(read.offset()));
        add(headers, "connector.name", task.connector());
        add(headers, "task.id", Integer.toString(task.task()));
        add(headers, "stage", failed.stage().name());
        add(headers, "class.name", failed.component().getName());
        add(headers, "exception.class.name", failed.error().getClass().getName());
        add(headers, "exception.message", failed.error().getMessage());
        add(headers, "exception.stacktrace", RootCause.trace(failed.error()));
        return Headers.of(headers);
    }

    private static void add(
            List<io.millrace.clients.Header> headers, String name, @Nullable String value) {
        headers.add(
                new io.millrace.clients.Header(
                        PREFIX + name,
                        value == null ? null : value.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
    }
}
