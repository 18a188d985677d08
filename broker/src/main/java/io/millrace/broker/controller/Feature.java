package io.millrace.broker.controller;

import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.LevelRange;
import java.util.Arrays;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A feature whose level all brokers of the cluster agree on: Kafka's names and numbers. The agreed
 * ("finalized") level is in the metadata log; whether something that depends on it may be done is
 * asked here and nowhere else. A new cluster starts with the highest level of each; a feature that
 * a later release adds stays at 0 on a cluster that exists, until an operator raises it.
 */
public enum Feature {
    /** From 1 on: groups of the consumer protocol (KIP-848). */
    GROUP_VERSION("group.version", 0, 1),

    /** Level of the metadata itself; fixed, since no older form of our metadata log exists. */
    METADATA_VERSION("metadata.version", 7, 30),

    /** From 1 on: share groups (KIP-932). */
    SHARE_VERSION("share.version", 0, 1),

    /** From 1 on: streams groups (KIP-1071). */
    STREAMS_VERSION("streams.version", 0, 1),

    /** From 1 on: tagged transaction records; from 2 on: a producer epoch per transaction. */
    TRANSACTION_VERSION("transaction.version", 0, 2);

    private final String key;
    private final short lowest;
    private final short highest;

    Feature(String key, int lowest, int highest) {
        this.key = key;
        this.lowest = (short) lowest;
        this.highest = (short) highest;
    }

    /** Its name on the wire. */
    public String key() {
        return key;
    }

    /** Lowest level this broker can work with. */
    public short lowest() {
        return lowest;
    }

    /** Highest level this broker can work with. */
    public short highest() {
        return highest;
    }

    /** The level the cluster has agreed on; 0 while it has not. */
    public int level(MetadataImage image) {
        return image.features().getOrDefault(key, 0);
    }

    /** Whether the cluster has agreed on this level or a higher one. */
    public boolean isAtLeast(MetadataImage image, int level) {
        return level(image) >= level;
    }

    /** Levels that this program can work with, by feature. */
    public static SortedMap<String, LevelRange> ranges() {
        SortedMap<String, LevelRange> ranges = new TreeMap<>();
        for (Feature feature : values()) {
            ranges.put(feature.key, new LevelRange(feature.lowest, feature.highest));
        }
        return ranges;
    }

    /** The feature with this name on the wire. */
    static Optional<Feature> find(String key) {
        return Arrays.stream(values()).filter(feature -> feature.key.equals(key)).findFirst();
    }
}
