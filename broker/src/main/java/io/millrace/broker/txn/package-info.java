/**
 * The transaction coordinator (KIP-98, 360, 664, 890): one state machine per partition of {@code
 * __transaction_state}. {@link io.millrace.broker.txn.TransactionShard} decides, {@link
 * io.millrace.broker.txn.TransactionCoordinator} finds the shard and carries its effects out,
 * {@link io.millrace.broker.txn.MarkerWriter} ends transactions in the partitions.
 */
@NullMarked
package io.millrace.broker.txn;

import org.jspecify.annotations.NullMarked;
