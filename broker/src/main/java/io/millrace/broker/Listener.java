package io.millrace.broker;

import io.millrace.base.config.ConfigReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * One address to listen on or to tell clients, written {@code NAME://host:port}. An empty host
 * means all interfaces; port 0 a free one.
 */
public record Listener(String name, String host, int port) {
    private static final Set<String> NEED_SECURITY = Set.of("SSL", "SASL_SSL", "SASL_PLAINTEXT");

    public Listener {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException(name + "://" + host + ": port " + port);
        }
    }

    InetSocketAddress socketAddress() {
        return host.isEmpty() ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
    }

    /** The same with what the system chose: the port, and a host that others can use. */
    Listener boundTo(InetSocketAddress address) {
        boolean anywhere = host.isEmpty() || address.getAddress().isAnyLocalAddress();
        return new Listener(name, anywhere ? hostName() : host, address.getPort());
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return InetAddress.getLoopbackAddress().getHostAddress();
        }
    }

    @Override
    public String toString() {
        return name + "://" + host + ":" + port;
    }

    /** Reads a list of listeners; problems go to the reader under the key's name. */
    static List<Listener> parse(String key, List<String> texts, ConfigReader reader) {
        List<Listener> listeners = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (String text : texts) {
            int scheme = text.indexOf("://");
            int colon = text.lastIndexOf(':');
            if (scheme <= 0 || colon <= scheme) {
                reader.problem(key + ": " + text + " is not NAME://host:port");
                continue;
            }
            String name = text.substring(0, scheme).toUpperCase(Locale.ROOT);
            String host = text.substring(scheme + 3, colon);
            if (host.startsWith("[") && host.endsWith("]")) {
                host = host.substring(1, host.length() - 1);
            }
            if (NEED_SECURITY.contains(name)) {
                reader.problem(
                        key
                                + ": "
                                + text
                                + ": only PLAINTEXT listeners are served by this version");
            }
            if (!names.add(name)) {
                reader.problem(key + ": listener " + name + " is there twice");
            }
            try {
                listeners.add(
                        new Listener(name, host, Integer.parseInt(text.substring(colon + 1))));
            } catch (IllegalArgumentException e) {
                reader.problem(key + ": " + text + " has no port between 0 and 65535");
            }
        }
        return List.copyOf(listeners);
    }
}
