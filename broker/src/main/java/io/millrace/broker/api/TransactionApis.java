package io.millrace.broker.api;

import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.controller.ProducerIds;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.broker.partition.TransactionVerifier;
import io.millrace.broker.txn.MarkerTarget;
import io.millrace.broker.txn.TransactionCoordinator;
import io.millrace.protocol.message.AddOffsetsToTxnRequest;
import io.millrace.protocol.message.AddPartitionsToTxnRequest;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.DescribeTransactionsRequest;
import io.millrace.protocol.message.EndTxnRequest;
import io.millrace.protocol.message.InitProducerIdRequest;
import io.millrace.protocol.message.ListTransactionsRequest;
import io.millrace.protocol.message.TxnOffsetCommitRequest;
import io.millrace.protocol.message.WriteTxnMarkersRequest;
import java.util.List;

/** The rows of the {@link ApiTable} for producers' ids and transactions. */
public final class TransactionApis {
    private TransactionApis() {}

    /** The rows. */
    public static List<ApiTable.Row<?, ?>> rows(
            MetadataView metadata,
            ProducerIds ids,
            GroupCoordinator groups,
            TransactionCoordinator transactions,
            TransactionVerifier verifier,
            MarkerTarget markers) {
        return List.of(
                ApiTable.row(
                        ApiKey.INIT_PRODUCER_ID,
                        0,
                        5,
                        Resource.TRANSACTIONAL_ID,
                        InitProducerIdRequest::read,
                        new InitProducerIdHandler(ids, transactions)),
                ApiTable.row(
                        ApiKey.ADD_PARTITIONS_TO_TXN,
                        0,
                        5,
                        Resource.TRANSACTIONAL_ID,
                        AddPartitionsToTxnRequest::read,
                        new AddPartitionsToTxnHandler(transactions, metadata)),
                ApiTable.row(
                        ApiKey.ADD_OFFSETS_TO_TXN,
                        0,
                        4,
                        Resource.TRANSACTIONAL_ID,
                        AddOffsetsToTxnRequest::read,
                        new AddOffsetsToTxnHandler(transactions, groups)),
                ApiTable.row(
                        ApiKey.END_TXN,
                        0,
                        5,
                        Resource.TRANSACTIONAL_ID,
                        EndTxnRequest::read,
                        new EndTxnHandler(ids, transactions)),
                ApiTable.row(
                        ApiKey.TXN_OFFSET_COMMIT,
                        0,
                        5,
                        Resource.GROUP,
                        TxnOffsetCommitRequest::read,
                        new TxnOffsetCommitHandler(groups, verifier, metadata)),
                ApiTable.row(
                        ApiKey.WRITE_TXN_MARKERS,
                        1,
                        2,
                        Resource.CLUSTER,
                        WriteTxnMarkersRequest::read,
                        new WriteTxnMarkersHandler(markers)),
                ApiTable.row(
                        ApiKey.DESCRIBE_TRANSACTIONS,
                        0,
                        0,
                        Resource.TRANSACTIONAL_ID,
                        DescribeTransactionsRequest::read,
                        new DescribeTransactionsHandler(transactions)),
                ApiTable.row(
                        ApiKey.LIST_TRANSACTIONS,
                        0,
                        2,
                        Resource.TRANSACTIONAL_ID,
                        ListTransactionsRequest::read,
                        new ListTransactionsHandler(transactions)));
    }
}
