package io.millrace.streams.errors;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs the place of a record that cannot be deserialised, then skips it. */
public final class LogAndContinueExceptionHandler implements DeserializationExceptionHandler {
    private static final Logger LOGGER =
            LoggerFactory.getLogger(LogAndContinueExceptionHandler.class);

    @Override
    public HandlerResponse handle(ErrorHandlerContext context, Exception exception) {
        LOGGER.atWarn()
                .addKeyValue("task", context.taskId())
                .addKeyValue("node", context.processorNodeId())
                .addKeyValue("topic", context.topic())
                .addKeyValue("partition", context.partition())
                .addKeyValue("offset", context.offset())
                .setCause(exception)
                .log("record could not be deserialised");
        return HandlerResponse.CONTINUE;
    }
}
