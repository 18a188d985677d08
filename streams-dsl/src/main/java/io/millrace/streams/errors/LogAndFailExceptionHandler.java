package io.millrace.streams.errors;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs the place of a record that cannot be deserialised, then fails. */
public final class LogAndFailExceptionHandler implements DeserializationExceptionHandler {
    private static final Logger LOGGER = LoggerFactory.getLogger(LogAndFailExceptionHandler.class);

    @Override
    public HandlerResponse handle(ErrorHandlerContext context, Exception exception) {
        LOGGER.atError()
                .addKeyValue("task", context.taskId())
                .addKeyValue("node", context.processorNodeId())
                .addKeyValue("topic", context.topic())
                .addKeyValue("partition", context.partition())
                .addKeyValue("offset", context.offset())
                .setCause(exception)
                .log("record could not be deserialised");
        return HandlerResponse.FAIL;
    }
}
