package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.AlterClientQuotasRequest;
import io.millrace.protocol.message.AlterClientQuotasRequest.EntityData;
import io.millrace.protocol.message.AlterClientQuotasRequest.EntryData;
import io.millrace.protocol.message.AlterClientQuotasRequest.OpData;
import io.millrace.protocol.message.AlterClientQuotasResponse;
import io.millrace.protocol.message.AlterUserScramCredentialsRequest;
import io.millrace.protocol.message.AlterUserScramCredentialsRequest.ScramCredentialDeletion;
import io.millrace.protocol.message.AlterUserScramCredentialsRequest.ScramCredentialUpsertion;
import io.millrace.protocol.message.AlterUserScramCredentialsResponse;
import io.millrace.protocol.message.CreateAclsRequest;
import io.millrace.protocol.message.CreateAclsRequest.AclCreation;
import io.millrace.protocol.message.CreateAclsResponse;
import io.millrace.protocol.message.CreateDelegationTokenRequest;
import io.millrace.protocol.message.CreateDelegationTokenResponse;
import io.millrace.protocol.message.DescribeAclsRequest;
import io.millrace.protocol.message.DescribeAclsResponse;
import io.millrace.protocol.message.DescribeClientQuotasRequest;
import io.millrace.protocol.message.DescribeClientQuotasRequest.ComponentData;
import io.millrace.protocol.message.DescribeClientQuotasResponse;
import io.millrace.protocol.message.SaslAuthenticateRequest;
import io.millrace.protocol.message.SaslAuthenticateResponse;
import io.millrace.protocol.message.SaslHandshakeRequest;
import io.millrace.protocol.message.SaslHandshakeResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.errors.SecurityDisabledException;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Answers of a broker without authorizer about rules, tokens, quotas and credentials. */
@Timeout(60)
final class SecurityApisTest {
    @TempDir Path dir;
    private RunningBroker broker;
    private Wire wire;

    @BeforeEach
    void start() throws Exception {
        broker = new RunningBroker(dir);
        wire = new Wire(broker.port());
    }

    @AfterEach
    void stop() throws Exception {
        wire.close();
        broker.close();
    }

    @Test
    void rulesAreRefusedOneByOne() throws Exception {
        for (int version = 0; version <= 3; version++) {
            DescribeAclsResponse described =
                    wire.ask(version, new DescribeAclsRequest(), DescribeAclsResponse::read);
            assertThat(described.errorCode()).isEqualTo(ErrorCode.SECURITY_DISABLED.code());
            AclCreation creation = new AclCreation().resourceName("t").principal("User:a");
            CreateAclsResponse created =
                    wire.ask(
                            version,
                            new CreateAclsRequest().creations(List.of(creation, creation)),
                            CreateAclsResponse::read);
            assertThat(created.results())
                    .hasSize(2)
                    .allMatch(r -> r.errorCode() == ErrorCode.SECURITY_DISABLED.code());
        }
        try (Admin admin = broker.admin()) {
            assertThatThrownBy(() -> admin.describeAcls(AclBindingFilter.ANY).values().get())
                    .hasCauseInstanceOf(SecurityDisabledException.class);
            assertThatThrownBy(() -> admin.deleteAcls(List.of(AclBindingFilter.ANY)).all().get())
                    .hasCauseInstanceOf(SecurityDisabledException.class);
        }
    }

    @Test
    void nobodyAuthenticatesHereAndSoNobodyGetsATokenAndTheConnectionStays() throws Exception {
        for (int version = 0; version <= 1; version++) {
            SaslHandshakeResponse response =
                    wire.ask(
                            version,
                            new SaslHandshakeRequest().mechanism("PLAIN"),
                            SaslHandshakeResponse::read);
            assertThat(response.errorCode()).isEqualTo(ErrorCode.ILLEGAL_SASL_STATE.code());
            assertThat(response.mechanisms()).isEmpty();
        }
        SaslAuthenticateResponse authenticated =
                wire.ask(
                        2,
                        new SaslAuthenticateRequest().authBytes(new byte[] {0, 'a'}),
                        SaslAuthenticateResponse::read);
        assertThat(authenticated.errorCode()).isEqualTo(ErrorCode.ILLEGAL_SASL_STATE.code());
        for (int version = 0; version <= 3; version++) {
            CreateDelegationTokenResponse token =
                    wire.ask(
                            version,
                            new CreateDelegationTokenRequest(),
                            CreateDelegationTokenResponse::read);
            assertThat(token.errorCode())
                    .isEqualTo(ErrorCode.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED.code());
            assertThat(token.principalName()).isEqualTo("ANONYMOUS");
        }
    }

    @Test
    void quotasAreKeptAndFound() throws Exception {
        try (Admin admin = broker.admin()) {
            ClientQuotaEntity ada = new ClientQuotaEntity(Map.of("user", "ada"));
            ClientQuotaEntity adasApp =
                    new ClientQuotaEntity(Map.of("user", "ada", "client-id", "app"));
            ClientQuotaEntity others =
                    new ClientQuotaEntity(java.util.Collections.singletonMap("user", null));
            admin.alterClientQuotas(
                            List.of(
                                    quota(ada, "producer_byte_rate", 1024.0),
                                    quota(adasApp, "consumer_byte_rate", 2048.0),
                                    quota(others, "request_percentage", 12.5)))
                    .all()
                    .get();
            broker.restart();
            assertThat(admin.describeClientQuotas(ClientQuotaFilter.all()).entities().get())
                    .containsOnly(
                            Map.entry(ada, Map.of("producer_byte_rate", 1024.0)),
                            Map.entry(adasApp, Map.of("consumer_byte_rate", 2048.0)),
                            Map.entry(others, Map.of("request_percentage", 12.5)));
            admin.alterClientQuotas(List.of(quota(ada, "producer_byte_rate", null))).all().get();
            assertThat(admin.describeClientQuotas(ClientQuotaFilter.all()).entities().get())
                    .containsOnlyKeys(adasApp, others);
        }
    }

    private static ClientQuotaAlteration quota(ClientQuotaEntity entity, String key, Double limit) {
        return new ClientQuotaAlteration(entity, List.of(new ClientQuotaAlteration.Op(key, limit)));
    }

    @Test
    @Tag("wire-14")
    void everyAnswerAboutAQuotaNamesItsEntity() throws Exception {
        for (int version = 0; version <= 1; version++) {
            AlterClientQuotasResponse response =
                    wire.ask(
                            version,
                            new AlterClientQuotasRequest()
                                    .entries(
                                            List.of(
                                                    entry("user", "ada", "producer_byte_rate", 10),
                                                    entry("user", null, "producer_byte_rate", 10),
                                                    entry("user", "eve", "no_such_rate", 10),
                                                    entry(
                                                            "planet",
                                                            "mars",
                                                            "producer_byte_rate",
                                                            1),
                                                    entry("user", "bob", "producer_byte_rate", 0))),
                            AlterClientQuotasResponse::read);
            assertThat(response.entries())
                    .extracting(
                            e -> e.entity().get(0).entityType(),
                            e -> e.entity().get(0).entityName(),
                            e -> ErrorCode.forCode(e.errorCode()))
                    .containsExactly(
                            tuple("user", "ada", ErrorCode.NONE),
                            tuple("user", null, ErrorCode.NONE),
                            tuple("user", "eve", ErrorCode.INVALID_REQUEST),
                            tuple("planet", "mars", ErrorCode.INVALID_REQUEST),
                            tuple("user", "bob", ErrorCode.INVALID_REQUEST));
        }
    }

    private static EntryData entry(String type, String name, String key, double limit) {
        return new EntryData()
                .entity(List.of(new EntityData().entityType(type).entityName(name)))
                .ops(List.of(new OpData().key(key).value(limit)));
    }

    @Test
    void aFilterOfQuotasIsCheckedAndAppliedStrictlyIfAsked() throws Exception {
        wire.ask(
                1,
                new AlterClientQuotasRequest()
                        .entries(
                                List.of(
                                        entry("user", "ada", "producer_byte_rate", 10),
                                        new EntryData()
                                                .entity(
                                                        List.of(
                                                                new EntityData()
                                                                        .entityType("user")
                                                                        .entityName("ada"),
                                                                new EntityData()
                                                                        .entityType("client-id")
                                                                        .entityName("app")))
                                                .ops(
                                                        List.of(
                                                                new OpData()
                                                                        .key("producer_byte_rate")
                                                                        .value(5))))),
                AlterClientQuotasResponse::read);
        assertThat(filtered(false, component("user", 0, "ada")).entries()).hasSize(2);
        assertThat(filtered(true, component("user", 0, "ada")).entries()).hasSize(1);
        assertThat(filtered(false, component("user", 1, null)).entries()).isEmpty();
        assertThat(filtered(true).entries()).isEmpty();
        assertThat(filtered(false, component("planet", 0, "mars")).errorCode())
                .isEqualTo(ErrorCode.UNSUPPORTED_VERSION.code());
        assertThat(filtered(false, component("user", 7, null)).errorCode())
                .isEqualTo(ErrorCode.INVALID_REQUEST.code());
        assertThat(
                        filtered(false, component("user", 2, null), component("ip", 2, null))
                                .errorCode())
                .isEqualTo(ErrorCode.INVALID_REQUEST.code());
    }

    private DescribeClientQuotasResponse filtered(boolean strict, ComponentData... components)
            throws Exception {
        return wire.ask(
                1,
                new DescribeClientQuotasRequest().strict(strict).components(List.of(components)),
                DescribeClientQuotasResponse::read);
    }

    private static ComponentData component(String type, int matchType, String match) {
        return new ComponentData().entityType(type).matchType((byte) matchType).match(match);
    }

    @Test
    void credentialsAreKeptAndNeverShown() throws Exception {
        try (Admin admin = broker.admin()) {
            ScramCredentialInfo info = new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 8192);
            admin.alterUserScramCredentials(
                            List.of(new UserScramCredentialUpsertion("ada", info, "secret")))
                    .all()
                    .get();
            broker.restart();
            assertThat(
                            admin.describeUserScramCredentials()
                                    .all()
                                    .get()
                                    .get("ada")
                                    .credentialInfos())
                    .containsExactly(info);
        }
        assertThat(broker.broker().metadata().image().clients().credentials().toString())
                .contains("8192")
                .doesNotContain("salt");
    }

    @Test
    void aBadCredentialIsRefusedAndTheOthersOfTheRequestAreNot() throws Exception {
        AlterUserScramCredentialsResponse response =
                wire.ask(
                        0,
                        new AlterUserScramCredentialsRequest()
                                .upsertions(
                                        List.of(
                                                upsertion("good", 1, 4096),
                                                upsertion("weak", 1, 4095),
                                                upsertion("odd", 9, 4096),
                                                upsertion("", 1, 4096),
                                                upsertion("twice", 1, 4096),
                                                upsertion("twice", 2, 4096)))
                                .deletions(
                                        List.of(
                                                new ScramCredentialDeletion()
                                                        .name("nobody")
                                                        .mechanism((byte) 1))),
                        AlterUserScramCredentialsResponse::read);
        assertThat(response.results())
                .extracting(r -> r.user(), r -> ErrorCode.forCode(r.errorCode()))
                .containsExactly(
                        tuple("good", ErrorCode.NONE),
                        tuple("weak", ErrorCode.UNACCEPTABLE_CREDENTIAL),
                        tuple("odd", ErrorCode.UNSUPPORTED_SASL_MECHANISM),
                        tuple("", ErrorCode.UNACCEPTABLE_CREDENTIAL),
                        tuple("twice", ErrorCode.DUPLICATE_RESOURCE),
                        tuple("nobody", ErrorCode.RESOURCE_NOT_FOUND));
    }

    private static ScramCredentialUpsertion upsertion(String user, int mechanism, int iterations) {
        return new ScramCredentialUpsertion()
                .name(user)
                .mechanism((byte) mechanism)
                .iterations(iterations)
                .salt(new byte[] {1})
                .saltedPassword(new byte[] {2});
    }
}
