package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.log.Batches;
import io.millrace.peers.ApacheTool;
import io.millrace.protocol.message.FindCoordinatorRequest;
import io.millrace.protocol.message.FindCoordinatorResponse;
import io.millrace.protocol.message.InitProducerIdRequest;
import io.millrace.protocol.message.InitProducerIdResponse;
import io.millrace.protocol.message.ListOffsetsRequest;
import io.millrace.protocol.message.ListOffsetsRequest.ListOffsetsPartition;
import io.millrace.protocol.message.ListOffsetsRequest.ListOffsetsTopic;
import io.millrace.protocol.message.ListOffsetsResponse;
import io.millrace.protocol.message.ProduceRequest;
import io.millrace.protocol.message.ProduceRequest.PartitionProduceData;
import io.millrace.protocol.message.ProduceRequest.TopicProduceData;
import io.millrace.protocol.message.ProduceResponse;
import io.millrace.protocol.record.BufferRecords;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Apache's {@code kafka-transactions} finds and aborts a transaction that no coordinator knows of:
 * what clients leave where partitions do not ask.
 */
final class TransactionToolTest {
    private static final String TOOL = "org.apache.kafka.tools.TransactionsCommand";
    private static final String TOPIC = "hanging";

    @TempDir Path dir;

    @Test
    void aHangingTransactionIsFoundAndAborted() throws Exception {
        try (RunningBroker broker =
                        new RunningBroker(
                                dir,
                                "transaction.partition.verification.enable",
                                "false",
                                "transaction.state.log.num.partitions",
                                "1");
                Wire wire = new Wire(broker.port())) {
            try (Admin admin = broker.admin()) {
                admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1))).all().get();
            }
            long producerId = leaveOpen(wire);
            assertThat(stableOffset(wire)).isZero();

            assertThat(run(broker, "list"))
                    .contains("hanging-id")
                    .contains("Empty")
                    .contains(Long.toString(producerId));
            assertThat(run(broker, "describe", "--transactional-id", "hanging-id"))
                    .contains("Empty");
            assertThat(
                            run(
                                    broker,
                                    "find-hanging",
                                    "--topic",
                                    TOPIC,
                                    "--partition",
                                    "0",
                                    "--max-transaction-timeout",
                                    "0"))
                    .contains(TOPIC)
                    .contains(Long.toString(producerId));
            run(broker, "abort", "--topic", TOPIC, "--partition", "0", "--start-offset", "0");
            assertThat(stableOffset(wire)).as("the records and the marker").isEqualTo(3);
        }
    }

    /** Two records of a transaction that was never begun; gives the producer's id. */
    private static long leaveOpen(Wire wire) throws Exception {
        wire.ask(
                3,
                new FindCoordinatorRequest().key("hanging-id").keyType((byte) 1),
                FindCoordinatorResponse::read);
        InitProducerIdResponse producer =
                wire.ask(
                        4,
                        new InitProducerIdRequest()
                                .transactionalId("hanging-id")
                                .transactionTimeoutMs(60_000),
                        InitProducerIdResponse::read);
        assertThat(producer.errorCode()).isZero();
        ProduceResponse produced =
                wire.ask(
                        9,
                        new ProduceRequest()
                                .transactionalId("hanging-id")
                                .acks((short) -1)
                                .timeoutMs(10_000)
                                .topicData(
                                        List.of(
                                                new TopicProduceData()
                                                        .name(TOPIC)
                                                        .partitionData(List.of(data(producer))))),
                        ProduceResponse::read);
        assertThat(produced.responses().get(0).partitionResponses().get(0).errorCode()).isZero();
        return producer.producerId();
    }

    private static PartitionProduceData data(InitProducerIdResponse producer) {
        return new PartitionProduceData()
                .index(0)
                .records(
                        new BufferRecords(
                                Batches.transactional(
                                        producer.producerId(),
                                        producer.producerEpoch(),
                                        0,
                                        "lost",
                                        2)));
    }

    private static long stableOffset(Wire wire) throws Exception {
        return wire.ask(
                        4,
                        new ListOffsetsRequest()
                                .isolationLevel((byte) 1)
                                .topics(
                                        List.of(
                                                new ListOffsetsTopic()
                                                        .name(TOPIC)
                                                        .partitions(
                                                                List.of(
                                                                        new ListOffsetsPartition()
                                                                                .timestamp(-1))))),
                        ListOffsetsResponse::read)
                .topics()
                .get(0)
                .partitions()
                .get(0)
                .offset();
    }

    private static String run(RunningBroker broker, String... arguments) {
        String[] all = new String[arguments.length + 2];
        all[0] = "--bootstrap-server";
        all[1] = broker.bootstrap();
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        ApacheTool.Result result = ApacheTool.run(TOOL, all);
        assertThat(result.exitCode()).as(result.output()).isZero();
        return result.output();
    }
}
