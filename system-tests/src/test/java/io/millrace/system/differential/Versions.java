package io.millrace.system.differential;

import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiVersionsResponse;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** The versions that both brokers advertise and that we can write. */
final class Versions {
    /** Lowest and highest, both included. */
    record Range(short lowest, short highest) {
        int size() {
            return highest - lowest + 1;
        }
    }

    private final Map<ApiKey, Range> ranges;

    private Versions(Map<ApiKey, Range> ranges) {
        this.ranges = ranges;
    }

    static Versions ofBoth(ApiVersionsResponse reference, ApiVersionsResponse subject) {
        Map<ApiKey, Range> left = advertised(reference);
        Map<ApiKey, Range> right = advertised(subject);
        Map<ApiKey, Range> both = new EnumMap<>(ApiKey.class);
        left.forEach(
                (key, range) -> {
                    Range other = right.get(key);
                    if (other != null) {
                        short lowest = (short) Math.max(range.lowest, other.lowest);
                        short highest = (short) Math.min(range.highest, other.highest);
                        if (lowest <= highest) {
                            both.put(key, new Range(lowest, highest));
                        }
                    }
                });
        return new Versions(both);
    }

    /** What a broker offers, as far as we know the API; what Produce 0 to 2 mean is known. */
    static Map<ApiKey, Range> advertised(ApiVersionsResponse response) {
        Map<ApiKey, Range> ranges = new EnumMap<>(ApiKey.class);
        for (ApiVersionsResponse.ApiVersion api : response.apiKeys()) {
            ApiKey.forId(api.apiKey())
                    .ifPresent(
                            key -> {
                                short lowest = (short) Math.max(api.minVersion(), key.minVersion());
                                // Shown so that clients compress (KAFKA-18659), served by nobody.
                                lowest =
                                        key == ApiKey.PRODUCE
                                                ? (short) Math.max(3, lowest)
                                                : lowest;
                                short highest =
                                        (short) Math.min(api.maxVersion(), key.maxVersion());
                                if (lowest <= highest) {
                                    ranges.put(key, new Range(lowest, highest));
                                }
                            });
        }
        return ranges;
    }

    /** The versions below the lowest that a newer broker serves, of the APIs that have such. */
    Versions below(Map<ApiKey, Short> lowestOfNewer) {
        Map<ApiKey, Range> low = new EnumMap<>(ApiKey.class);
        ranges.forEach(
                (key, range) -> {
                    short newer = lowestOfNewer.getOrDefault(key, (short) 0);
                    if (newer > range.lowest) {
                        short highest = (short) Math.min(range.highest, newer - 1);
                        low.put(key, new Range(range.lowest, highest));
                    }
                });
        return new Versions(low);
    }

    Optional<Range> of(ApiKey key) {
        return Optional.ofNullable(ranges.get(key));
    }

    Map<ApiKey, Range> all() {
        return ranges;
    }
}
