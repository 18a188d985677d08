package io.millrace.broker.log;

/** Where appended batches come from; decides what is checked and who assigns offsets. */
public enum AppendOrigin {
    /** A produce request: everything is checked, offsets are assigned. */
    CLIENT,
    /** A coordinator of this broker writing its own state: trusted, offsets are assigned. */
    COORDINATOR,
    /** The leader's log: offsets and epochs stay as they are. */
    REPLICATION
}
