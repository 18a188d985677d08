package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiVersionsRequest;
import io.millrace.protocol.message.ApiVersionsResponse;
import io.millrace.protocol.message.InitProducerIdRequest;
import io.millrace.protocol.message.InitProducerIdResponse;
import io.millrace.protocol.message.MetadataRequest;
import io.millrace.protocol.message.MetadataResponse;
import io.millrace.protocol.message.SaslHandshakeRequest;
import io.millrace.protocol.message.SaslHandshakeResponse;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a listener without security answers, and what a client meets right after a start. Those that
 * are about authentication say what holds until there is any.
 */
final class ListenerEdgeCasesTest {
    private static final int FROM_TOPIC_IDS_ON = 12;

    @TempDir Path dir;

    @Test
    @Tag("wire-6")
    void aHandshakeOnAListenerWithoutSaslIsRefusedAndTheConnectionServesOn() throws Exception {
        try (RunningBroker broker = new RunningBroker(dir);
                Wire wire = new Wire(broker.port())) {
            for (int version = 0; version <= 1; version++) {
                SaslHandshakeResponse refused =
                        wire.ask(
                                version,
                                new SaslHandshakeRequest().mechanism("PLAIN"),
                                SaslHandshakeResponse::read);

                assertThat(refused.errorCode()).isEqualTo(ErrorCode.ILLEGAL_SASL_STATE.code());
            }
            assertThat(versions(wire).errorCode()).isZero();
        }
    }

    @Test
    @Tag("wire-7")
    void versionsComeFirstAndAnyProducerGetsAnId() throws Exception {
        try (RunningBroker broker = new RunningBroker(dir);
                Wire wire = new Wire(broker.port())) {
            assertThat(versions(wire).apiKeys()).isNotEmpty();
            for (int version = 0; version <= ApiKey.INIT_PRODUCER_ID.maxVersion(); version++) {
                InitProducerIdResponse answer =
                        wire.ask(
                                version,
                                new InitProducerIdRequest().transactionalId(null),
                                InitProducerIdResponse::read);

                assertThat(answer.errorCode()).as("version %d", version).isZero();
                assertThat(answer.producerId()).isNotNegative();
            }
        }
    }

    @Test
    @Tag("wire-10")
    void theFirstAnswerAfterAStartKnowsEveryTopicWithItsLeader() throws Exception {
        try (RunningBroker broker = new RunningBroker(dir)) {
            try (Admin admin = broker.admin()) {
                admin.createTopics(List.of(new NewTopic("kept", 3, (short) 1))).all().get();
            }
            broker.restart();
            try (Wire wire = new Wire(broker.port())) {
                MetadataResponse first = metadata(wire);

                assertThat(first.brokers()).hasSize(1);
                assertThat(first.topics())
                        .filteredOn(topic -> "kept".equals(topic.name()))
                        .singleElement()
                        .satisfies(
                                topic ->
                                        assertThat(topic.partitions())
                                                .hasSize(3)
                                                .allMatch(partition -> partition.leaderId() >= 0));
            }
        }
    }

    @Test
    @Tag("wire-10")
    void aTopicDeletedAndCreatedAgainIsAnotherOne() throws Exception {
        try (RunningBroker broker = new RunningBroker(dir);
                Admin admin = broker.admin();
                Wire wire = new Wire(broker.port())) {
            admin.createTopics(List.of(new NewTopic("again", 2, (short) 1))).all().get();
            var before = metadata(wire).topics().get(0);
            admin.deleteTopics(List.of("again")).all().get();
            admin.createTopics(List.of(new NewTopic("again", 1, (short) 1))).all().get();
            var after = metadata(wire).topics().get(0);

            assertThat(after.topicId()).isNotEqualTo(before.topicId());
            assertThat(after.partitions()).hasSize(1);
        }
    }

    @Test
    @Tag("wire-41")
    void whoIsExemptFromQuotasIsNeverAskedToWait() throws Exception {
        try (RunningBroker broker = new RunningBroker(dir);
                Wire wire = new Wire(broker.port())) {
            for (int i = 0; i < 200; i++) {
                assertThat(metadata(wire).throttleTimeMs()).isZero();
                assertThat(versions(wire).throttleTimeMs()).isZero();
            }
        }
    }

    private static ApiVersionsResponse versions(Wire wire) throws Exception {
        return wire.ask(
                3,
                new ApiVersionsRequest().clientSoftwareName("t").clientSoftwareVersion("1"),
                ApiVersionsResponse::read);
    }

    private static MetadataResponse metadata(Wire wire) throws Exception {
        return wire.ask(
                FROM_TOPIC_IDS_ON, new MetadataRequest().topics(null), MetadataResponse::read);
    }
}
