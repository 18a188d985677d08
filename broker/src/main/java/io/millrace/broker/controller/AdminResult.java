package io.millrace.broker.controller;

import io.millrace.protocol.error.ErrorCode;

/** What became of one item of an administrative request. */
public sealed interface AdminResult<T> {

    /** Done, or for a validate-only request: it could be done. */
    record Done<T>(T value) implements AdminResult<T> {}

    /** Not done; nothing of this item was changed. */
    record Rejected<T>(ErrorCode error, String why) implements AdminResult<T> {}
}
