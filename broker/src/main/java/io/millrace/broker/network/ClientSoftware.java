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

    /** How a broker names itself to another. */
    public static final String BROKER = "millrace-broker";

    /** Whether it says that it is a broker of this cluster. */
    public boolean isBroker() {
        return name.equals(BROKER);
    }

    @Override
    public String toString() {
        return (name + " " + version).trim();
    }
}
