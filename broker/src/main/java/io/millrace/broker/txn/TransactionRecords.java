package io.millrace.broker.txn;

import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.shard.CoordinatorRecord;
import io.millrace.broker.shard.ProducerIdAndEpoch;
import io.millrace.protocol.coordinator.TransactionLogKey;
import io.millrace.protocol.coordinator.TransactionLogValue;
import io.millrace.protocol.coordinator.TransactionLogValue.PartitionsSchema;
import io.millrace.protocol.message.MalformedMessageException;
import io.millrace.protocol.message.UnsupportedVersionException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Records of {@code __transaction_state} in Kafka's own format, which dump tools read: {@code
 * TransactionLogKey} and {@code TransactionLogValue}, each behind an int16 with its version. A null
 * value is a tombstone.
 */
final class TransactionRecords {
    private static final short KEY_VERSION = 0;
    private static final short VALUE_VERSION = 1;

    private TransactionRecords() {}

    static CoordinatorRecord of(Transaction transaction) {
        TransactionLogValue value =
                new TransactionLogValue()
                        .producerId(transaction.producer().producerId())
                        .producerEpoch(transaction.producer().epoch())
                        .previousProducerId(transaction.previousProducerId())
                        .nextProducerId(transaction.nextProducerId())
                        .transactionTimeoutMs(transaction.timeoutMs())
                        .transactionStatus(transaction.state().number())
                        .transactionPartitions(partitionsOf(transaction))
                        .transactionStartTimestampMs(transaction.startMs())
                        .transactionLastUpdateTimestampMs(transaction.updatedMs())
                        .clientTransactionVersion(transaction.clientVersion());
        return CoordinatorRecord.of(KEY_VERSION, key(transaction.id()), VALUE_VERSION, value);
    }

    static CoordinatorRecord tombstone(String id) {
        return CoordinatorRecord.of(KEY_VERSION, key(id), VALUE_VERSION, null);
    }

    private static @Nullable List<PartitionsSchema> partitionsOf(Transaction transaction) {
        if (transaction.state() == TransactionState.EMPTY) {
            return null;
        }
        TreeMap<String, List<Integer>> byTopic = new TreeMap<>();
        for (TopicPartition partition : transaction.partitions()) {
            byTopic.computeIfAbsent(partition.topic(), topic -> new ArrayList<>())
                    .add(partition.partition());
        }
        List<PartitionsSchema> topics = new ArrayList<>();
        byTopic.forEach(
                (topic, indexes) ->
                        topics.add(new PartitionsSchema().topic(topic).partitionIds(indexes)));
        return topics;
    }

    private static TransactionLogKey key(String id) {
        return new TransactionLogKey().transactionalId(id);
    }

    /**
     * The transactional id of a key; null for a key of a version that we do not know.
     *
     * @throws IllegalArgumentException if the key does not have the form of its version
     */
    static @Nullable String idOf(byte[] key) {
        ByteBuf in = Unpooled.wrappedBuffer(key);
        try {
            short version = in.readShort();
            return version == KEY_VERSION
                    ? TransactionLogKey.read(in, version).transactionalId()
                    : null;
        } catch (MalformedMessageException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("key of " + key.length + " bytes: " + e, e);
        }
    }

    /**
     * The state that a value holds.
     *
     * @throws IllegalArgumentException if it does not have the form of its version
     */
    static Transaction parse(String id, byte[] bytes) {
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        try {
            TransactionLogValue value = TransactionLogValue.read(in, in.readShort());
            TransactionState state =
                    TransactionState.ofNumber(value.transactionStatus())
                            .orElseThrow(
                                    () ->
                                            new IllegalArgumentException(
                                                    "transaction "
                                                            + id
                                                            + ": no state has the number "
                                                            + value.transactionStatus()));
            List<TopicPartition> partitions = new ArrayList<>();
            List<PartitionsSchema> topics = value.transactionPartitions();
            if (topics != null) {
                for (PartitionsSchema topic : topics) {
                    topic.partitionIds()
                            .forEach(
                                    index ->
                                            partitions.add(
                                                    new TopicPartition(topic.topic(), index)));
                }
            }
            return new Transaction(
                    id,
                    new ProducerIdAndEpoch(value.producerId(), value.producerEpoch()),
                    value.previousProducerId(),
                    value.nextProducerId(),
                    ProducerIdAndEpoch.NO_EPOCH,
                    value.transactionTimeoutMs(),
                    state,
                    Transaction.sorted(partitions),
                    value.transactionStartTimestampMs(),
                    value.transactionLastUpdateTimestampMs(),
                    value.clientTransactionVersion());
        } catch (MalformedMessageException
                | UnsupportedVersionException
                | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("transaction " + id + ": " + e, e);
        }
    }
}
