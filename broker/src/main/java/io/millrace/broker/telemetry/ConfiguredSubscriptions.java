package io.millrace.broker.telemetry;

import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.ConfigResource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

/** The subscriptions of the cluster's metadata, read again when the metadata has changed. */
public final class ConfiguredSubscriptions implements Supplier<Collection<TelemetrySubscription>> {
    private final Supplier<MetadataImage> metadata;
    private volatile Known known = new Known(MetadataImage.EMPTY, List.of());

    private record Known(MetadataImage image, List<TelemetrySubscription> subscriptions) {}

    public ConfiguredSubscriptions(Supplier<MetadataImage> metadata) {
        this.metadata = metadata;
    }

    @Override
    public Collection<TelemetrySubscription> get() {
        MetadataImage now = metadata.get();
        Known before = known;
        if (before.image() == now) {
            return before.subscriptions();
        }
        List<TelemetrySubscription> found = new ArrayList<>();
        now.forEachConfig(
                (resource, entries) -> {
                    if (resource.kind() == ConfigResource.Kind.CLIENT_METRICS) {
                        found.add(TelemetrySubscription.of(resource.name(), entries));
                    }
                });
        known = new Known(now, List.copyOf(found));
        return found;
    }
}
