package io.millrace.broker.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.broker.controller.FeatureUpdate.Direction;
import io.millrace.metadata.image.ImageEditor;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.MetadataSnapshot;
import io.millrace.metadata.record.BrokerRegistration;
import io.millrace.metadata.record.FeatureLevel;
import io.millrace.metadata.record.LevelRange;
import io.millrace.metadata.record.LogPosition;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the controller decides about levels of features. */
class FeaturePlanTest {
    private final MetadataImage founded =
            with(MetadataImage.EMPTY, new FeaturePlan(MetadataImage.EMPTY).firstLevels());

    private static MetadataImage with(MetadataImage image, List<MetadataRecord> records) {
        ImageEditor editor = new ImageEditor(image);
        records.forEach(editor::apply);
        return editor.finish(new LogPosition(1, image.offset() + records.size(), 0)).after();
    }

    private static FeatureUpdate update(Feature feature, int level, Direction direction) {
        return new FeatureUpdate(feature.key(), (short) level, direction);
    }

    private List<MetadataRecord> recordsOf(FeatureUpdate... updates) {
        return new FeaturePlan(founded).update(List.of(updates), false).records();
    }

    private void assertRefused(FeatureUpdate update, String why) {
        assertThatThrownBy(() -> recordsOf(update))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> assertThat(e.error()).isEqualTo(ErrorCode.INVALID_UPDATE_VERSION))
                .hasMessageContaining(why);
    }

    @Test
    void aNewClusterStartsWithTheHighestLevelsAndAnExistingOneKeepsItsOwn() {
        for (Feature feature : Feature.values()) {
            assertThat(feature.level(founded)).as(feature.key()).isEqualTo(feature.highest());
            assertThat(feature.isAtLeast(founded, feature.highest())).isTrue();
            assertThat(feature.isAtLeast(MetadataImage.EMPTY, 1)).isFalse();
        }
        assertThat(new FeaturePlan(founded).firstLevels()).isEmpty();
        assertThat(MetadataSnapshot.of(founded).toImage().features()).isEqualTo(founded.features());
    }

    @Test
    void aLevelFallsOnlyIfTheRequestSaysSo() {
        assertRefused(update(Feature.TRANSACTION_VERSION, 1, Direction.UPGRADE), "downgrade");
        assertThat(recordsOf(update(Feature.TRANSACTION_VERSION, 1, Direction.SAFE_DOWNGRADE)))
                .containsExactly(new FeatureLevel("transaction.version", 1));
        assertThat(recordsOf(update(Feature.GROUP_VERSION, 0, Direction.UNSAFE_DOWNGRADE)))
                .containsExactly(new FeatureLevel("group.version", 0));
    }

    @Test
    void theLevelThatHoldsIsNoChange() {
        assertThat(recordsOf(update(Feature.GROUP_VERSION, 1, Direction.UPGRADE))).isEmpty();
    }

    @Test
    void metadataDoesNotFallBack() {
        assertRefused(update(Feature.METADATA_VERSION, 29, Direction.SAFE_DOWNGRADE), "lost");
        assertRefused(update(Feature.METADATA_VERSION, 29, Direction.UNSAFE_DOWNGRADE), "lost");
    }

    @Test
    void anUnknownFeatureLevelOrKindOfChangeIsRefused() {
        assertRefused(
                new FeatureUpdate("grup.version", (short) 1, Direction.UPGRADE), "group.version");
        assertRefused(update(Feature.GROUP_VERSION, 2, Direction.UPGRADE), "0 to 1");
        assertRefused(update(Feature.GROUP_VERSION, -1, Direction.SAFE_DOWNGRADE), "0 to 1");
        assertRefused(update(Feature.METADATA_VERSION, 0, Direction.UNSAFE_DOWNGRADE), "7 to 30");
        assertRefused(update(Feature.GROUP_VERSION, 1, Direction.of(7)), "kind");
    }

    @Test
    void nothingChangesIfOneUpdateIsRefusedOrTheRequestOnlyAsks() {
        FeatureUpdate good = update(Feature.TRANSACTION_VERSION, 1, Direction.SAFE_DOWNGRADE);
        assertThatThrownBy(
                        () -> recordsOf(good, update(Feature.GROUP_VERSION, 9, Direction.UPGRADE)))
                .isInstanceOf(ApiException.class);
        Decision<List<String>> asked = new FeaturePlan(founded).update(List.of(good), true);
        assertThat(asked.records()).isEmpty();
        assertThat(asked.answer()).containsExactly("transaction.version");
    }

    private static BrokerRegistration broker(int id, int highest) {
        return new BrokerRegistration(
                id,
                id,
                new java.util.UUID(1, id),
                new java.util.UUID(2, id),
                List.of(),
                null,
                true,
                false,
                List.of(new java.util.UUID(2, id)),
                new java.util.TreeMap<>(
                        java.util.Map.of(Feature.GROUP_VERSION.key(), new LevelRange(0, highest))));
    }

    @Test
    void aLevelThatARegisteredBrokerCannotWorkWithIsRefused() {
        MetadataImage off =
                with(founded, List.of(new FeatureLevel(Feature.GROUP_VERSION.key(), 0)));
        MetadataImage mixed = with(off, List.of(broker(1, 1), broker(2, 0)));
        FeatureUpdate on = update(Feature.GROUP_VERSION, 1, Direction.UPGRADE);

        assertThatThrownBy(() -> new FeaturePlan(mixed).update(List.of(on), false))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("broker 2")
                .hasMessageContaining("0 to 0");
        MetadataImage all = with(off, List.of(broker(1, 1), broker(2, 1)));
        assertThat(new FeaturePlan(all).update(List.of(on), false).records()).hasSize(1);
    }

    @Test
    void aBrokerThatCannotWorkWithALevelThatHoldsMayNotJoin() {
        BrokerJoin old =
                new BrokerJoin(
                        3,
                        new java.util.UUID(1, 1),
                        new java.util.UUID(1, 1),
                        List.of(),
                        java.util.Optional.empty(),
                        java.util.OptionalLong.empty(),
                        List.of(),
                        new java.util.TreeMap<>(
                                java.util.Map.of(
                                        Feature.GROUP_VERSION.key(), new LevelRange(0, 0))));

        assertThatThrownBy(() -> new FeaturePlan(founded).refuseUnlessSupportedBy(old))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> assertThat(e.error()).isEqualTo(ErrorCode.UNSUPPORTED_VERSION))
                .hasMessageContaining("group.version level 1");
        assertThat(FeaturePlan.unsupported(founded, Feature.ranges())).isEmpty();
        assertThat(FeaturePlan.unsupported(founded, old.features())).isPresent();
    }
}
