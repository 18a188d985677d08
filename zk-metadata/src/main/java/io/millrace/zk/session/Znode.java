package io.millrace.zk.session;

/**
 * A znode as read.
 *
 * @param version counts its writes; 0 when created
 * @param mine whether it is an ephemeral node of the session that read it
 */
public record Znode(byte[] bytes, int version, boolean mine) {}
