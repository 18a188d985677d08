package io.millrace.streams.errors;

import io.millrace.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs the place of a record that cannot be processed, then fails. */
public final class LogAndFailProcessingExceptionHandler implements ProcessingExceptionHandler {
    private static final Logger LOGGER =
            LoggerFactory.getLogger(LogAndFailProcessingExceptionHandler.class);

    @Override
    public HandlerResponse handle(
            ErrorHandlerContext context, @Nullable Record<?, ?> record, Exception exception) {
        LOGGER.atError()
                .addKeyValue("task", context.taskId())
                .addKeyValue("node", context.processorNodeId())
                .addKeyValue("topic", context.topic())
                .addKeyValue("partition", context.partition())
                .addKeyValue("offset", context.offset())
                .setCause(exception)
                .log("record could not be processed");
        return HandlerResponse.FAIL;
    }
}
