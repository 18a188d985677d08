package io.millrace.broker.controller;

import java.util.UUID;

/** A broker tells in which of its log directories a replica is. */
public record DirectoryAssignment(UUID topicId, int index, UUID directory) {}
