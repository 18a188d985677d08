package io.millrace.broker.controller;

import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.FeatureLevel;
import io.millrace.metadata.record.LevelRange;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/** Decides about levels of features. Pure. All updates of a request are made, or none. */
final class FeaturePlan {
    private final MetadataImage image;

    FeaturePlan(MetadataImage image) {
        this.image = image;
    }

    /** What a cluster starts with; empty if it has agreed on levels before. */
    List<MetadataRecord> firstLevels() {
        if (!image.features().isEmpty()) {
            return List.of();
        }
        List<MetadataRecord> records = new ArrayList<>();
        for (Feature feature : Feature.values()) {
            records.add(new FeatureLevel(feature.key(), feature.highest()));
        }
        return records;
    }

    /** Refused as a whole with {@code INVALID_UPDATE_VERSION}. */
    Decision<List<String>> update(List<FeatureUpdate> updates, boolean validateOnly) {
        List<MetadataRecord> records = new ArrayList<>();
        for (FeatureUpdate update : updates) {
            Feature feature = checked(update);
            if (feature.level(image) != update.level()) {
                records.add(new FeatureLevel(feature.key(), update.level()));
            }
        }
        return new Decision<>(
                validateOnly ? List.of() : records,
                updates.stream().map(FeatureUpdate::feature).toList());
    }

    private Feature checked(FeatureUpdate update) {
        Feature feature =
                Feature.find(update.feature())
                        .orElseThrow(
                                () ->
                                        refused(
                                                update,
                                                "is unknown here; known are "
                                                        + Arrays.stream(Feature.values())
                                                                .map(Feature::key)
                                                                .toList()));
        if (update.direction() == FeatureUpdate.Direction.UNKNOWN) {
            throw refused(update, "cannot be reached by this kind of upgrade");
        }
        if (update.level() < feature.lowest() || update.level() > feature.highest()) {
            throw refused(
                    update,
                    "is outside of the levels "
                            + feature.lowest()
                            + " to "
                            + feature.highest()
                            + " that this controller supports");
        }
        for (BrokerImage broker : image.brokers().values()) {
            LevelRange range = broker.registration().features().get(feature.key());
            boolean said = !broker.registration().features().isEmpty();
            if (said && update.level() > 0 && (range == null || !range.contains(update.level()))) {
                throw refused(
                        update,
                        "is not supported by broker "
                                + broker.id()
                                + ", which supports "
                                + (range == null ? "none" : range)
                                + "; upgrade it, or unregister it if it is gone");
            }
        }
        int level = feature.level(image);
        if (update.level() < level) {
            if (update.direction() == FeatureUpdate.Direction.UPGRADE) {
                throw refused(
                        update,
                        "is below the level "
                                + level
                                + " that holds; ask for a safe or an unsafe downgrade");
            }
            if (feature == Feature.METADATA_VERSION) {
                throw refused(
                        update,
                        "is below the level " + level + " that holds, and metadata would be lost");
            }
        }
        return feature;
    }

    /**
     * A broker that cannot work with a level that holds must not join: it would misread what others
     * write. {@code UNSUPPORTED_VERSION} then.
     */
    void refuseUnlessSupportedBy(BrokerJoin join) {
        image.features()
                .forEach(
                        (name, level) -> {
                            LevelRange range = join.features().get(name);
                            if (!join.features().isEmpty()
                                    && (range == null || !range.contains(level))) {
                                throw new ApiException(
                                        ErrorCode.UNSUPPORTED_VERSION,
                                        "broker "
                                                + join.brokerId()
                                                + " cannot join: the cluster has agreed on "
                                                + name
                                                + " level "
                                                + level
                                                + ", and this broker supports "
                                                + (range == null ? "none" : range)
                                                + "; start a release that does");
                            }
                        });
    }

    /** Features whose level in the image this broker cannot work with. */
    static Optional<String> unsupported(
            MetadataImage image, SortedMap<String, LevelRange> supported) {
        for (Map.Entry<String, Integer> feature : image.features().entrySet()) {
            LevelRange range = supported.get(feature.getKey());
            if (range == null || !range.contains(feature.getValue())) {
                return Optional.of(
                        feature.getKey()
                                + " level "
                                + feature.getValue()
                                + ", and this broker supports "
                                + (range == null ? "none" : range));
            }
        }
        return Optional.empty();
    }

    private static ApiException refused(FeatureUpdate update, String why) {
        return new ApiException(
                ErrorCode.INVALID_UPDATE_VERSION,
                "no feature is changed, since "
                        + update.feature()
                        + " level "
                        + update.level()
                        + " "
                        + why);
    }
}
