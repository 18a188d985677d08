package io.millrace.streams.processor.api;

import io.millrace.streams.processor.Cancellable;
import io.millrace.streams.processor.PunctuationType;
import io.millrace.streams.processor.Punctuator;
import io.millrace.streams.processor.StateStore;
import io.millrace.streams.processor.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** What a processor may ask of the task it runs in. */
public interface ProcessingContext {
    String applicationId();

    TaskId taskId();

    /** Where the record at work was read; empty in a punctuation. */
    Optional<RecordMetadata> recordMetadata();

    /** The job's configuration. */
    Map<String, Object> appConfigs();

    /**
     * A store connected to this node.
     *
     * @throws io.millrace.streams.errors.StreamsException if it is not connected
     */
    @SuppressWarnings("TypeParameterUnusedInFormals") // as in Kafka Streams: the caller names it
    <S extends StateStore> S getStateStore(String name);

    /**
     * Calls back every interval; several missed intervals become one call.
     *
     * @param interval at least one millisecond
     */
    Cancellable schedule(Duration interval, PunctuationType type, Punctuator callback);

    /**
     * As {@link #schedule(Duration, PunctuationType, Punctuator)}, at start + n × interval only.
     */
    Cancellable schedule(
            Instant start, Duration interval, PunctuationType type, Punctuator callback);

    /** Asks for a commit soon. */
    void commit();

    long currentSystemTimeMs();

    /** Highest timestamp this task has taken up, or -1 before the first record. */
    long currentStreamTimeMs();
}
