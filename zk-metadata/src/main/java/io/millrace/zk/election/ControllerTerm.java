package io.millrace.zk.election;

import io.millrace.metadata.record.LogPosition;

/**
 * The right to append, won in an election. It ends when anybody wins a later one; the log then
 * refuses appends of this term, whatever this node still believes.
 *
 * @param epoch controller epoch, which is the version of the epoch's znode
 * @param head end of the log when the term began, read after the epoch was raised: nothing of an
 *     older term can follow it
 */
public record ControllerTerm(int nodeId, int epoch, LogPosition head) {}
