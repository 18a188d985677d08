package io.millrace.streams.errors;

import java.util.Map;

/** Decides about records that cannot be serialised for, or sent to, an output topic. */
public interface ProductionExceptionHandler {

    HandlerResponse handle(ErrorHandlerContext context, String outputTopic, Exception exception);

    default void configure(Map<String, ?> configs) {}
}
