package io.millrace.broker.controller;

import io.millrace.protocol.error.ErrorCode;

/**
 * What became of one partition that an election was asked for.
 *
 * @param error {@code NONE} if it has the leader wanted now, {@code ELECTION_NOT_NEEDED} if it had
 *     it before
 */
public record ElectionResult(String topic, int index, ErrorCode error, String why) {}
