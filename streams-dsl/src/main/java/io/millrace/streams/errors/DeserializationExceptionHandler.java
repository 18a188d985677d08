package io.millrace.streams.errors;

import java.util.Map;

/** Decides about records that cannot be deserialised. */
public interface DeserializationExceptionHandler {

    HandlerResponse handle(ErrorHandlerContext context, Exception exception);

    default void configure(Map<String, ?> configs) {}
}
