package io.millrace.broker.controller;

import io.millrace.broker.config.ConfigCatalog;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.ConfigChange;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.metadata.record.MetadataRecord;
import java.util.List;

/**
 * Makes the minimum of in-sync replicas a fact of the cluster. A leader moves the high watermark by
 * it and the controller keeps eligible replicas by it (KIP-966); if each took it from the file of
 * its own machine, and the files differed, an eligible replica could lack what was acknowledged.
 * Pure.
 */
final class ClusterDefaults {
    private final MetadataImage image;
    private final ConfigCatalog catalog;

    ClusterDefaults(MetadataImage image, ConfigCatalog catalog) {
        this.image = image;
        this.catalog = catalog;
    }

    /**
     * What a new controller writes before anything else: its file's value if it is not the default.
     */
    List<MetadataRecord> first() {
        ConfigResource all = ConfigResource.brokerDefaults();
        String value = catalog.value(image, all, ConfiguredTerms.MIN_ISR);
        boolean agreed = image.config(all).containsKey(ConfiguredTerms.MIN_ISR);
        if (agreed || value == null || value.trim().equals("1")) {
            return List.of();
        }
        return List.of(new ConfigChange(all, ConfiguredTerms.MIN_ISR, value.trim()));
    }
}
