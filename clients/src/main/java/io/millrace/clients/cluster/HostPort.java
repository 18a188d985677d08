package io.millrace.clients.cluster;

/** A network address by name. */
public record HostPort(String host, int port) {
    private static final int MAX_PORT = 65_535;

    /**
     * Reads {@code host:port}, {@code [v6 address]:port}, or either behind a listener name ({@code
     * PLAINTEXT://host:port}).
     *
     * @throws IllegalArgumentException naming the text
     */
    public static HostPort parse(String text) {
        String address = text.substring(text.indexOf("://") < 0 ? 0 : text.indexOf("://") + 3);
        int colon = address.lastIndexOf(':');
        if (colon <= 0) {
            throw new IllegalArgumentException("\"" + text + "\" is not host:port");
        }
        String host = address.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        try {
            int port = Integer.parseInt(address.substring(colon + 1));
            if (port < 1 || port > MAX_PORT) {
                throw new IllegalArgumentException(
                        "\"" + text + "\": port is not 1 to " + MAX_PORT);
            }
            return new HostPort(host, port);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("\"" + text + "\": port is not a number", e);
        }
    }

    @Override
    public String toString() {
        return host.indexOf(':') < 0 ? host + ":" + port : "[" + host + "]:" + port;
    }
}
