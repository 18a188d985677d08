package io.millrace.metadata.record;

/**
 * Where clients reach a broker on one listener.
 *
 * @param listener name of the listener, for example {@code PLAINTEXT}
 * @param securityProtocol Kafka's number: 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL
 */
public record Endpoint(String listener, String host, int port, int securityProtocol) {
    public Endpoint {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException(listener + "://" + host + ": port " + port);
        }
    }

    void write(RecordOutput out) {
        out.writeString(listener);
        out.writeString(host);
        out.writeInt(port);
        out.writeInt(securityProtocol);
    }

    static Endpoint read(RecordInput in) {
        return new Endpoint(in.readString(), in.readString(), in.readInt(), in.readInt());
    }
}
