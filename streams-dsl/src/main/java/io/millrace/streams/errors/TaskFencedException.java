package io.millrace.streams.errors;

/** Another instance has taken over the task: what this one did since its last commit is void. */
public class TaskFencedException extends StreamsException {
    private static final long serialVersionUID = 1L;

    public TaskFencedException(String message) {
        super(message);
    }

    public TaskFencedException(String message, Throwable cause) {
        super(message, cause);
    }
}
