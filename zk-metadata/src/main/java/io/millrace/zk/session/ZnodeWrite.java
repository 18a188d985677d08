package io.millrace.zk.session;

/** One part of an all-or-nothing commit. */
public sealed interface ZnodeWrite {

    String path();

    /** Nothing is written; the commit fails unless the node has this version. */
    record Check(String path, int version) implements ZnodeWrite {}

    /** The node must not exist; an ephemeral one goes with the session. */
    record Create(String path, byte[] bytes, boolean ephemeral) implements ZnodeWrite {}

    /** The node must have this version. */
    record Put(String path, byte[] bytes, int version) implements ZnodeWrite {}

    /** The node must have this version, or any if {@link #ANY_VERSION}. */
    record Delete(String path, int version) implements ZnodeWrite {}

    int ANY_VERSION = -1;
}
