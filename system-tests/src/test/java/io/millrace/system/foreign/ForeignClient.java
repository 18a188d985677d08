package io.millrace.system.foreign;

import io.millrace.peers.DebianPackages;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A client library with its program.
 *
 * @param name for example {@code kafkajs}
 * @param version of the library
 * @param command that runs the program; {@code host:port} and the wanted features are appended
 */
record ForeignClient(String name, String version, List<String> command) {

    ForeignClient {
        command = List.copyOf(command);
    }

    /** Apache's Java client, with the jars that the build copied for this version. */
    static ForeignClient kafkaClients(String version) {
        Path jars = Path.of(System.getProperty("foreign.jars"), "kafka-clients-" + version);
        return new ForeignClient(
                "kafka-clients",
                version,
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        jars.resolve("*") + ":" + Path.of("target", "test-classes"),
                        "io.millrace.system.foreign.kafkaclients.KafkaClientsProgram"));
    }

    /** A program in Python; its version is that of a Debian package. */
    static ForeignClient python(String name, String versionOf, String program) {
        return new ForeignClient(
                name,
                DebianPackages.version(versionOf).orElseThrow(),
                List.of(
                        "/usr/bin/python3",
                        Installed.resources("scenarios.py", program).resolve(program).toString()));
    }

    List<String> command(String bootstrap, List<String> features) {
        return new ArrayList<>(
                Stream.of(command.stream(), Stream.of(bootstrap), features.stream())
                        .flatMap(part -> part)
                        .toList());
    }

    @Override
    public String toString() {
        return name + " " + version;
    }
}
