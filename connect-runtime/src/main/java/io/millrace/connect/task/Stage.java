package io.millrace.connect.task;

/** Where on its way a record failed; names as in the headers of dead letters. */
public enum Stage {
    TRANSFORMATION,
    KEY_CONVERTER,
    VALUE_CONVERTER,
    HEADER_CONVERTER,
    KAFKA_PRODUCE,
    TASK_PUT
}
