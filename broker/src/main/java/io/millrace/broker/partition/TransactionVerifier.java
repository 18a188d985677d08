package io.millrace.broker.partition;

import io.millrace.broker.log.TopicPartition;
import io.millrace.protocol.error.ErrorCode;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Says whether partitions belong to a producer's open transaction (KIP-890). Asked before the first
 * batch of a transaction is appended to a partition, so that no partition ever holds a transaction
 * of which its coordinator does not know. The transaction coordinator implements it.
 */
public interface TransactionVerifier {

    /**
     * Asks for all partitions of one request at once. From any thread; the answer may come on any
     * thread, and has one entry for each partition asked for: {@link ErrorCode#NONE}, or the
     * coordinator's own error, which is translated for the client by its version. What fails as a
     * whole fails the future.
     */
    CompletableFuture<Map<TopicPartition, ErrorCode>> verify(Question question);

    /**
     * @param add add the partitions that are not in the transaction yet, beginning one if there is
     *     none (Produce 12 and TxnOffsetCommit 5, KIP-890 part 2); otherwise only look
     */
    record Question(
            String transactionalId,
            long producerId,
            short producerEpoch,
            List<TopicPartition> partitions,
            boolean add) {
        public Question {
            partitions = List.copyOf(partitions);
        }
    }
}
