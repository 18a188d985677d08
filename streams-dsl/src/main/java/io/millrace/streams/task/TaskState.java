package io.millrace.streams.task;

import io.millrace.base.time.Clock;
import io.millrace.streams.StreamsConfig;
import io.millrace.streams.errors.ErrorHandlerContext;
import io.millrace.streams.header.Headers;
import io.millrace.streams.processor.TaskId;
import org.jspecify.annotations.Nullable;

/** What the nodes of one task share. Owned by the task's thread; changed by the task only. */
final class TaskState {
    private static final Headers NO_HEADERS = new Headers();

    final TaskId id;
    final StreamsConfig config;
    final Clock clock;
    final RecordCollector collector;
    final CacheBudget cacheBudget;
    final Punctuations punctuations = new Punctuations();
    long streamTimeMs = -1;
    boolean commitRequested;
    long droppedCount;

    /** The record at work; null in a punctuation and while caches are flushed. */
    @Nullable RawRecord current;

    TaskState(TaskId id, TaskEnvironment environment) {
        this.id = id;
        this.config = environment.config();
        this.clock = environment.clock();
        this.collector = environment.collector();
        this.cacheBudget = new CacheBudget(environment.cacheBytes());
    }

    ErrorHandlerContext errorContext(String node) {
        RawRecord record = current;
        if (record == null) {
            return new ErrorHandlerContext(null, -1, -1, NO_HEADERS, node, id, null, null);
        }
        Headers headers = record.headers();
        return new ErrorHandlerContext(
                record.topic(),
                record.partition(),
                record.offset(),
                headers == null ? NO_HEADERS : headers,
                node,
                id,
                record.key(),
                record.value());
    }

    /** For messages: the record at work. */
    String where() {
        RawRecord record = current;
        return record == null
                ? "task " + id
                : "task "
                        + id
                        + ", record "
                        + record.topic()
                        + "-"
                        + record.partition()
                        + "@"
                        + record.offset();
    }
}
