package io.millrace.streams.errors;

/** Fails: an output that is silently missing is worse than a job that stops. */
public final class DefaultProductionExceptionHandler implements ProductionExceptionHandler {
    @Override
    public HandlerResponse handle(
            ErrorHandlerContext context, String outputTopic, Exception exception) {
        return HandlerResponse.FAIL;
    }
}
