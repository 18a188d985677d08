package io.millrace.metadata.record;

import java.util.Optional;

/** Ways to prove a password without sending it (RFC 5802); ids are Kafka's. */
public enum ScramMechanism {
    SCRAM_SHA_256(1, "HmacSHA256", "SHA-256"),
    SCRAM_SHA_512(2, "HmacSHA512", "SHA-512");

    private final int id;
    private final String mac;
    private final String digest;

    ScramMechanism(int id, String mac, String digest) {
        this.id = id;
        this.mac = mac;
        this.digest = digest;
    }

    public int id() {
        return id;
    }

    /** Name of its keyed hash in Java. */
    public String mac() {
        return mac;
    }

    /** Name of its hash in Java. */
    public String digest() {
        return digest;
    }

    /** The mechanism with Kafka's number. */
    public static Optional<ScramMechanism> of(int id) {
        return id >= 1 && id <= values().length ? Optional.of(values()[id - 1]) : Optional.empty();
    }
}
