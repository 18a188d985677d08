package io.millrace.broker.network;

/**
 * What a client says it is (KIP-511).
 *
 * @param name empty when it did not say
 * @param version empty when it did not say
 */
public record ClientSoftware(String name, String version) {
    /** A client that has not introduced itself. */
    public static final ClientSoftware UNKNOWN = new ClientSoftware("", "");

    @Override
    public String toString() {
        return (name + " " + version).trim();
    }
}
