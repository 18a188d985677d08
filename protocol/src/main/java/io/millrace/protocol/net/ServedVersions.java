package io.millrace.protocol.net;

import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiVersionsResponse;
import io.millrace.protocol.message.UnsupportedVersionException;
import java.util.EnumMap;
import java.util.Map;

/** What the broker at the other end serves, as it told in its ApiVersions response. Immutable. */
public final class ServedVersions {

    /** Both ends included. */
    public record Range(short min, short max) {}

    private final String broker;
    private final Map<ApiKey, Range> ranges;
    private final Map<String, Short> finalizedFeatures;

    private ServedVersions(
            String broker, Map<ApiKey, Range> ranges, Map<String, Short> finalizedFeatures) {
        this.broker = broker;
        this.ranges = ranges;
        this.finalizedFeatures = Map.copyOf(finalizedFeatures);
    }

    /**
     * @param broker address, for error messages
     */
    public static ServedVersions of(String broker, ApiVersionsResponse response) {
        Map<ApiKey, Range> ranges = new EnumMap<>(ApiKey.class);
        for (ApiVersionsResponse.ApiVersion served : response.apiKeys()) {
            ApiKey.forId(served.apiKey())
                    .ifPresent(
                            key ->
                                    ranges.put(
                                            key,
                                            new Range(served.minVersion(), served.maxVersion())));
        }
        Map<String, Short> features = new java.util.HashMap<>();
        response.finalizedFeatures()
                .forEach(feature -> features.put(feature.name(), feature.maxVersionLevel()));
        return new ServedVersions(broker, ranges, features);
    }

    /** Whether any version is known to both sides. */
    public boolean supports(ApiKey key) {
        Range served = ranges.get(key);
        return served != null
                && served.min() <= key.maxVersion()
                && served.max() >= key.minVersion();
    }

    /** Whether the broker serves exactly this version. */
    public boolean supports(ApiKey key, int version) {
        Range served = ranges.get(key);
        return served != null && version >= served.min() && version <= served.max();
    }

    /** The highest version that both sides know. */
    public short best(ApiKey key) {
        return best(key, key.maxVersion());
    }

    /**
     * The highest version up to {@code ceiling} that both sides know.
     *
     * @throws UnsupportedVersionException naming broker, API and both ranges
     */
    public short best(ApiKey key, int ceiling) {
        Range served = ranges.get(key);
        if (served == null) {
            throw new UnsupportedVersionException(broker + " does not serve " + key.schemaName());
        }
        int version = Math.min(Math.min(served.max(), key.maxVersion()), ceiling);
        if (version < served.min() || version < key.minVersion()) {
            throw new UnsupportedVersionException(
                    broker
                            + " serves "
                            + key.schemaName()
                            + " "
                            + served.min()
                            + "-"
                            + served.max()
                            + ", this side speaks "
                            + key.minVersion()
                            + "-"
                            + Math.min(ceiling, key.maxVersion()));
        }
        return (short) version;
    }

    /** Level of a feature that the cluster has agreed on; 0 when it has not. */
    public short featureLevel(String feature) {
        return finalizedFeatures.getOrDefault(feature, (short) 0);
    }
}
