/**
 * Partitions as the rest of the broker uses them.
 *
 * <ul>
 *   <li>{@link PartitionTable}: {@code createOrLoad}, {@code remove}, {@code updateConfig} by the
 *       thread that applies metadata; {@code find} by anybody. After the first round of metadata,
 *       {@code recoverUncleanDirectories()} checks what a crash left, while partitions serve.
 *   <li>{@link Partition#append}: validated on the caller's thread, written by the owner; {@link
 *       Partition#read}: any thread, no waiting for the owner; {@link Partition#onAdvance}: one
 *       shot, for fetches that wait; {@code findOffset}, {@code endOffsetForEpoch}, {@code
 *       deleteRecordsBefore}.
 *   <li>Transactions: a {@link TransactionCheck} lets the owner hold a transaction's first batch
 *       until its coordinator ({@link TransactionVerifier}) knows of it; {@link
 *       Partition#endTransaction} writes the marker that moves the last stable offset.
 *   <li>{@link ReadResult.Data#records()} goes into a response as it is and to the socket by
 *       sendfile; if {@code cold}, {@link ColdReads#warm} it first. Encrypted sockets and readers
 *       inside the broker use {@link io.millrace.broker.log.FileRecords#read}.
 * </ul>
 */
@NullMarked
package io.millrace.broker.partition;

import org.jspecify.annotations.NullMarked;
