package io.millrace.connect.task;

import io.millrace.clients.Header;
import io.millrace.clients.Headers;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.consumer.ConsumerRecord;
import io.millrace.clients.consumer.TimestampType;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.runtime.InternalSinkRecord;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** Lets a sink task hand over records that its target refused. */
final class ErrantRecords implements ErrantRecordReporter {
    private final Class<?> task;
    private final Tolerance tolerance;
    private final @Nullable DeadLetters letters;

    /**
     * @param tolerance without reporters of its own for dead letters
     */
    ErrantRecords(Class<?> task, Tolerance tolerance, @Nullable DeadLetters letters) {
        this.task = task;
        this.tolerance = tolerance;
        this.letters = letters;
    }

    @Override
    public Future<Void> report(SinkRecord record, Throwable error) {
        if (!(record instanceof InternalSinkRecord internal)) {
            throw new ConnectException(
                    "record of "
                            + record.topic()
                            + " was not made by this worker, so its original bytes are unknown;"
                            + " report the record given to put()");
        }
        ConsumerRecord<byte[], byte[]> read = ours(internal.originalRecord());
        FailedRecord failed = new FailedRecord(Stage.TASK_PUT, task, error, read, null);
        tolerance.failed(failed);
        return letters == null
                ? CompletableFuture.completedFuture(null)
                : letters.send(read, failed).thenApply(sent -> null);
    }

    private static ConsumerRecord<byte[], byte[]> ours(
            org.apache.kafka.clients.consumer.ConsumerRecord<byte[], byte[]> read) {
        List<Header> headers = new ArrayList<>();
        read.headers().forEach(header -> headers.add(new Header(header.key(), header.value())));
        return new ConsumerRecord<>(
                new TopicPartition(read.topic(), read.partition()),
                read.offset(),
                read.timestamp(),
                TimestampType.CREATE_TIME,
                read.key(),
                read.value(),
                Headers.of(headers));
    }
}
