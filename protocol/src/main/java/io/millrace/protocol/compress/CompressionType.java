package io.millrace.protocol.compress;

import java.util.Locale;
import java.util.Optional;

/** How the records of a batch are compressed; {@code id} is bits 0-2 of the batch's attributes. */
public enum CompressionType {
    NONE(0, new NoCodec()),
    GZIP(1, new GzipCodec()),
    SNAPPY(2, new SnappyCodec()),
    LZ4(3, new Lz4Codec()),
    ZSTD(4, new ZstdCodec());

    private static final CompressionType[] BY_ID = values();

    private final int id;
    private final Codec codec;

    CompressionType(int id, Codec codec) {
        this.id = id;
        this.codec = codec;
    }

    public int id() {
        return id;
    }

    /** Name as in configurations: {@code zstd}. */
    public String configName() {
        return name().toLowerCase(Locale.ROOT);
    }

    public Codec codec() {
        return codec;
    }

    /** Empty for the ids 5 to 7, which no format defines. */
    public static Optional<CompressionType> byId(int id) {
        return id >= 0 && id < BY_ID.length ? Optional.of(BY_ID[id]) : Optional.empty();
    }

    /**
     * @throws IllegalArgumentException with what it wanted, if there is no codec of that name
     */
    public static CompressionType byName(String name) {
        for (CompressionType type : BY_ID) {
            if (type.configName().equals(name)) {
                return type;
            }
        }
        throw new IllegalArgumentException("one of none, gzip, snappy, lz4, zstd");
    }
}
