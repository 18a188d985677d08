package io.millrace.broker.controller;

import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.FeatureLevel;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

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
