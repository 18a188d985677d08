package io.millrace.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every message in every version against Apache's own code: random valid bytes, read and written
 * again by both, must come out the same.
 */
class RoundTripAgainstApacheTest {
    private static final int SAMPLES = 12;
    private static final ApacheRelease NEWEST = ApacheRelease.newest();
    private static final ApacheRelease LEGACY = ApacheRelease.legacy();

    static List<OurMessage> messages() {
        return OurMessage.ofKafka();
    }

    /** The release that knows the version, the newest first. */
    static ApacheRelease.Message apache(OurMessage ours, int version) {
        return NEWEST.find(ours.name())
                .filter(message -> message.has(version))
                .or(() -> LEGACY.find(ours.name()).filter(message -> message.has(version)))
                .orElseThrow(
                        () ->
                                new AssertionError(
                                        "no Apache release knows " + ours + " v" + version));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void bytesReadByBothAreWrittenAlike(OurMessage ours) {
        for (short version = ours.lowest(); version <= ours.highest(); version++) {
            ApacheRelease.Message theirs = apache(ours, version);
            for (int sample = 0; sample < SAMPLES; sample++) {
                long seed = ours.name().hashCode() * 31L + version * 1000L + sample;
                byte[] bytes = new RandomMessage(seed).bytesOf(theirs.schema(version));

                byte[] expected = theirs.rewrite(bytes, version);

                assertThat(ours.rewrite(bytes, version))
                        .as("%s v%d seed %d", ours, version, seed)
                        .isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("messages")
    void debugTextNeedsNoFieldToBeSet(OurMessage ours) throws ReflectiveOperationException {
        assertThat(ours.type().getConstructor().newInstance().toString())
                .startsWith(ours.name() + "(");
    }

    @Test
    void everyVersionThatAnApacheReleaseServesOnABrokerIsThere() {
        List<String> missing = new ArrayList<>();
        for (org.apache.kafka.common.protocol.ApiKeys theirs :
                org.apache.kafka.common.protocol.ApiKeys.brokerApis()) {
            Optional<ApiKey> ours = ApiKey.forId(theirs.id);
            if (ours.isEmpty()) {
                missing.add(theirs.name());
                continue;
            }
            assertThat(ours.get().name()).isEqualTo(theirs.name());
            assertThat((int) ours.get().maxVersion())
                    .as(theirs.name)
                    .isEqualTo(theirs.latestVersion(false));
            assertThat((int) ours.get().minVersion())
                    .as(theirs.name)
                    .isLessThanOrEqualTo(theirs.oldestVersion());
            for (short version = theirs.oldestVersion();
                    version <= ours.get().maxVersion();
                    version++) {
                assertThat(ours.get().requestHeaderVersion(version))
                        .isEqualTo(theirs.requestHeaderVersion(version));
                assertThat(ours.get().responseHeaderVersion(version))
                        .isEqualTo(theirs.responseHeaderVersion(version));
            }
        }
        assertThat(missing)
                .containsExactlyInAnyOrder(
                        "DESCRIBE_QUORUM", "ADD_RAFT_VOTER", "REMOVE_RAFT_VOTER");
    }

    @Test
    void theLowVersionsThatOldClientsSendAreThere() {
        assertThat(ApiKey.PRODUCE.minVersion()).isZero();
        assertThat(ApiKey.FETCH.minVersion()).isZero();
        assertThat(ApiKey.LIST_OFFSETS.minVersion()).isZero();
        assertThat(ApiKey.OFFSET_COMMIT.minVersion()).isEqualTo((short) 1);
        assertThat(ApiKey.CREATE_TOPICS.minVersion()).isZero();
        assertThat(ApiKey.DESCRIBE_CONFIGS.minVersion()).isZero();
        assertThat(ApiKey.OFFSET_FOR_LEADER_EPOCH.minVersion()).isZero();
        assertThat(ApiKey.DESCRIBE_LOG_DIRS.minVersion()).isZero();
    }
}
