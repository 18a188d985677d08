/**
 * Share groups (KIP-932): records of a partition are handed out one by one to whoever asks, are
 * locked for a while, and are delivered again unless they are acknowledged.
 *
 * <pre>
 *  ShareFetch ──> ShareSession ──> PendingShareFetch ──> SharePartition ──> ShareWindow (pure)
 *                                                            │ changes
 *                                                            v
 *                                          ShareStateCoordinator ──> ShareStateShard (pure)
 *                                                            __share_group_state
 * </pre>
 *
 * A {@link io.millrace.broker.share.SharePartition} lives on the loop of the partition that it
 * shares out; what outlives it is recorded by the shard of {@code __share_group_state} that its key
 * belongs to. Who is in a group, and who gets which partitions, is the business of {@code
 * broker.group}.
 */
@NullMarked
package io.millrace.broker.share;

import org.jspecify.annotations.NullMarked;
