/**
 * The log of one partition on disk, in Kafka's layout, so that its tools read it and its data
 * directories can be adopted:
 *
 * <pre>
 * topic-0/00000000000000000000.log         batches, as they came
 *         00000000000000000000.index       {@link OffsetIndex}
 *         00000000000000000000.timeindex   {@link TimeIndex}
 *         00000000000000000000.txnindex    {@link TransactionIndex}, if something was aborted
 *         00000000000000004711.snapshot    {@link ProducerSnapshotFile}
 *         leader-epoch-checkpoint          {@link LeaderEpochs}
 *         partition.metadata               {@link PartitionMetadataFile}
 * recovery-point-offset-checkpoint, log-start-offset-checkpoint   {@link OffsetCheckpoint}
 * .kafka_cleanshutdown                     {@link LogDirectory}
 * </pre>
 */
@NullMarked
package io.millrace.broker.log;

import org.jspecify.annotations.NullMarked;
