package io.millrace.streams.errors;

import io.millrace.streams.processor.api.Record;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Decides about exceptions thrown by processors and punctuators. */
public interface ProcessingExceptionHandler {

    /**
     * @param record the record at work; null in a punctuation
     */
    HandlerResponse handle(
            ErrorHandlerContext context, @Nullable Record<?, ?> record, Exception exception);

    default void configure(Map<String, ?> configs) {}
}
