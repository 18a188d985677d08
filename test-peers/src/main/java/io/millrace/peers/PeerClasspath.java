package io.millrace.peers;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Class paths of foreign programs, listed by the build from Maven Central. */
public final class PeerClasspath {
    private PeerClasspath() {}

    /**
     * Apache Kafka's broker, tools, Streams and Connect 4.3.1 with what they need, in the form of
     * {@code -cp}.
     */
    public static String apacheKafka() {
        return read("apache-kafka.classpath");
    }

    /** Apache Kafka's broker 3.9.1 with its ZooKeeper. */
    static String apacheKafka39() {
        return read("apache-kafka-3.9.classpath");
    }

    /** The fuzzer. */
    static String jazzer() {
        return read("jazzer.classpath");
    }

    private static String read(String resource) {
        try (InputStream in = PeerClasspath.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(
                        resource
                                + " is not on the class path: build module test-peers (./mvnw -pl"
                                + " test-peers compile)");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).trim();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + resource, e);
        }
    }
}
