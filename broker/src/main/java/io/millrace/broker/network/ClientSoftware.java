package io.millrace.broker.network;

import io.millrace.protocol.net.ConnectionFactory;

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

    /** Whether it says that it is a client or a broker of this project. */
    public boolean isOwn() {
        return isBroker() || name.equals(ConnectionFactory.SOFTWARE_NAME);
    }

    @Override
    public String toString() {
        return (name + " " + version).trim();
    }
}
