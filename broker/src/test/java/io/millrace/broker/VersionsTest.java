package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiVersionsRequest;
import io.millrace.protocol.message.ApiVersionsResponse;
import io.millrace.protocol.message.ApiVersionsResponse.ApiVersion;
import io.millrace.protocol.message.ApiVersionsResponse.FinalizedFeatureKey;
import io.millrace.protocol.message.ApiVersionsResponse.SupportedFeatureKey;
import io.millrace.protocol.message.UpdateFeaturesRequest;
import io.millrace.protocol.message.UpdateFeaturesRequest.FeatureUpdateKey;
import io.millrace.protocol.message.UpdateFeaturesResponse;
import io.netty.buffer.ByteBuf;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FeatureMetadata;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.FeatureUpdate.UpgradeType;
import org.apache.kafka.clients.admin.FinalizedVersionRange;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.common.errors.InvalidUpdateVersionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a broker tells about APIs, versions and features, and how the latter change. */
@Timeout(60)
final class VersionsTest {
    @TempDir Path dir;
    private RunningBroker broker;

    @BeforeEach
    void start() throws Exception {
        broker = new RunningBroker(dir);
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private ApiVersionsResponse versions(int version) throws Exception {
        ApiVersionsRequest request = new ApiVersionsRequest();
        if (version >= 3) {
            request.clientSoftwareName("test").clientSoftwareVersion("1.0");
        }
        try (Wire wire = new Wire(broker.port())) {
            return wire.ask(version, request, ApiVersionsResponse::read);
        }
    }

    @Test
    @Tag("wire-1")
    void aVersionFromTheFutureIsAnsweredInTheOldestLayout() throws Exception {
        try (Wire wire = new Wire(broker.port())) {
            byte[] request =
                    Wire.bytes(
                            ApiKey.API_VERSIONS,
                            4,
                            new ApiVersionsRequest()
                                    .clientSoftwareName("test")
                                    .clientSoftwareVersion("1.0"));
            java.nio.ByteBuffer.wrap(request).putShort(2, (short) 99);
            wire.frame(io.netty.buffer.Unpooled.wrappedBuffer(request));
            ByteBuf frame = wire.receiveFrame();
            assertThat(frame.readInt()).as("correlation id, and no tags after it").isZero();
            ApiVersionsResponse response = ApiVersionsResponse.read(frame, (short) 0);
            assertThat(frame.isReadable()).isFalse();
            assertThat(response.errorCode()).isEqualTo(ErrorCode.UNSUPPORTED_VERSION.code());
            assertThat(response.apiKeys())
                    .extracting(ApiVersion::apiKey, ApiVersion::minVersion, ApiVersion::maxVersion)
                    .contains(tuple(ApiKey.API_VERSIONS.id(), (short) 0, (short) 4));
            assertThat(wire.ask(4, apiVersions(), ApiVersionsResponse::read).errorCode())
                    .as("the connection is as good as before")
                    .isZero();
        }
    }

    private static ApiVersionsRequest apiVersions() {
        return new ApiVersionsRequest().clientSoftwareName("test").clientSoftwareVersion("1.0");
    }

    @Test
    @Tag("wire-1")
    void theResponseHeaderOfEveryVersionIsTheOldestOne() throws Exception {
        for (int version = 0; version <= 4; version++) {
            assertThat(versions(version).apiKeys()).as("version " + version).isNotEmpty();
            assertThat(ApiKey.API_VERSIONS.responseHeaderVersion(version)).isZero();
        }
    }

    @Test
    void aClientMustNameItselfProperly() throws Exception {
        try (Wire wire = new Wire(broker.port())) {
            ApiVersionsResponse response =
                    wire.ask(
                            3,
                            new ApiVersionsRequest()
                                    .clientSoftwareName("-")
                                    .clientSoftwareVersion("1.0"),
                            ApiVersionsResponse::read);
            assertThat(response.errorCode()).isEqualTo(ErrorCode.INVALID_REQUEST.code());
            assertThat(response.apiKeys()).isEmpty();
        }
    }

    @Test
    @Tag("wire-2")
    void newProduceVersionsComeWithTheTransactionVersionTheyNeed() throws Exception {
        ApiVersionsResponse response = versions(4);
        assertThat(response.apiKeys())
                .anyMatch(k -> k.apiKey() == ApiKey.METADATA.id() && k.maxVersion() >= 12)
                .anyMatch(k -> k.apiKey() == ApiKey.PRODUCE.id() && k.maxVersion() >= 12);
        assertThat(response.finalizedFeatures())
                .anyMatch(f -> f.name().equals("transaction.version") && f.maxVersionLevel() >= 2);
    }

    @Test
    @Tag("wire-3")
    void aFeatureWhoseLowestLevelIsZeroIsHiddenFromOlderClients() throws Exception {
        assertThat(versions(2).supportedFeatures()).isEmpty();
        assertThat(versions(3).supportedFeatures())
                .extracting(SupportedFeatureKey::name)
                .containsExactly("metadata.version");
        assertThat(versions(4).supportedFeatures())
                .extracting(SupportedFeatureKey::name)
                .contains("group.version", "metadata.version", "transaction.version");
        for (int version : new int[] {3, 4}) {
            assertThat(versions(version).finalizedFeatures())
                    .as("levels that hold are shown to all, version " + version)
                    .extracting(FinalizedFeatureKey::name)
                    .contains("group.version", "metadata.version", "transaction.version");
        }
    }

    @Test
    void levelsChangeThroughTheAdminClientAndSurviveARestart() throws Exception {
        try (Admin admin = broker.admin()) {
            FeatureMetadata before = admin.describeFeatures().featureMetadata().get();
            assertThat(before.finalizedFeatures())
                    .containsEntry(
                            "metadata.version", new FinalizedVersionRange((short) 30, (short) 30));
            FeatureUpdate down = new FeatureUpdate((short) 1, UpgradeType.SAFE_DOWNGRADE);
            update(admin, down, true);
            assertThat(versions(4).finalizedFeatures())
                    .anyMatch(f -> f.name().equals("transaction.version") && level(f) == 2);
            update(admin, down, false);
            assertThatThrownBy(
                            () ->
                                    update(
                                            admin,
                                            new FeatureUpdate((short) 9, UpgradeType.UPGRADE),
                                            false))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(InvalidUpdateVersionException.class);
            FeatureMetadata after = admin.describeFeatures().featureMetadata().get();
            assertThat(after.finalizedFeaturesEpoch().orElseThrow())
                    .isGreaterThan(before.finalizedFeaturesEpoch().orElseThrow());
        }
        broker.restart();
        assertThat(versions(4).finalizedFeatures())
                .anyMatch(f -> f.name().equals("transaction.version") && level(f) == 1);
    }

    private static int level(FinalizedFeatureKey feature) {
        return feature.maxVersionLevel();
    }

    private static void update(Admin admin, FeatureUpdate update, boolean validateOnly)
            throws Exception {
        admin.updateFeatures(
                        Map.of("transaction.version", update),
                        new UpdateFeaturesOptions().validateOnly(validateOnly))
                .all()
                .get();
    }

    @Test
    void featureResultsAreInTheResponseOnlyUpToVersion1() throws Exception {
        UpdateFeaturesRequest request =
                new UpdateFeaturesRequest()
                        .featureUpdates(
                                List.of(
                                        new FeatureUpdateKey()
                                                .feature("group.version")
                                                .maxVersionLevel((short) 1)));
        try (Wire wire = new Wire(broker.port())) {
            for (int version = 0; version <= 2; version++) {
                UpdateFeaturesResponse response =
                        wire.ask(version, request, UpdateFeaturesResponse::read);
                assertThat(response.errorCode()).isZero();
                assertThat(response.results()).hasSize(version < 2 ? 1 : 0);
            }
        }
    }
}
