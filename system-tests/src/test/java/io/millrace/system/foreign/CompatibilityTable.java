package io.millrace.system.foreign;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.system.BrokerUnderTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the tests of this package found out, one file per client in {@code target/compatibility},
 * and the page that shows it. The page is written beside the files after every client, and to the
 * path in the system property {@code compatibility.table} where that is set.
 */
final class CompatibilityTable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path directory;

    CompatibilityTable(Path directory) {
        this.directory = directory;
    }

    /** The files of this build. */
    static CompatibilityTable ofThisBuild() {
        return new CompatibilityTable(Path.of("target", "compatibility"));
    }

    /** Records what a test of its own has shown; what it shows on Apache Kafka is not recorded. */
    static void works(String name, String version, String feature) {
        if (!BrokerUnderTest.isApache()) {
            ofThisBuild()
                    .record(
                            new ForeignClient(name, version, List.of()),
                            Map.of(feature, Verdict.WORKS));
        }
    }

    /** Adds what was found out about a client to what earlier runs found out about it. */
    void record(ForeignClient client, Map<String, Verdict> verdicts) {
        try {
            Files.createDirectories(directory);
            Path file = directory.resolve(client.name() + "-" + client.version() + ".json");
            ObjectNode all =
                    Files.exists(file)
                            ? (ObjectNode) JSON.readTree(file.toFile())
                            : JSON.createObjectNode();
            all.put("client", client.name());
            all.put("version", client.version());
            all.put("date", LocalDate.now(ZoneOffset.UTC).toString());
            ObjectNode features = all.withObject("/features");
            verdicts.forEach((feature, verdict) -> features.put(feature, verdict.words()));
            JSON.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), all);
            write(directory.resolve("compatibility.md"));
            String page = System.getProperty("compatibility.table");
            if (page != null) {
                write(Path.of(page));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot record " + client, e);
        }
    }

    private void write(Path page) throws IOException {
        Files.writeString(page, render());
    }

    /** The page: one table for each group of features, a column for each client. */
    String render() {
        List<JsonNode> clients = clients();
        Map<String, TreeSet<String>> groups = new TreeMap<>();
        for (JsonNode client : clients) {
            client.get("features")
                    .fieldNames()
                    .forEachRemaining(
                            feature ->
                                    groups.computeIfAbsent(
                                                    feature.substring(0, feature.indexOf('.')),
                                                    group -> new TreeSet<>())
                                            .add(feature));
        }
        StringBuilder page = new StringBuilder(INTRODUCTION);
        groups.forEach((group, features) -> table(page, group, features, clients));
        page.append("\nRun on:\n\n");
        for (JsonNode client : clients) {
            page.append("- ")
                    .append(title(client))
                    .append(": ")
                    .append(client.get("date").asText())
                    .append('\n');
        }
        return page.toString();
    }

    private static void table(
            StringBuilder page, String group, TreeSet<String> features, List<JsonNode> all) {
        List<JsonNode> clients =
                all.stream()
                        .filter(client -> features.stream().anyMatch(client.get("features")::has))
                        .toList();
        page.append("\n## ").append(group).append("\n\n| feature |");
        clients.forEach(client -> page.append(' ').append(title(client)).append(" |"));
        page.append("\n|---|").append("---|".repeat(clients.size())).append('\n');
        for (String feature : features) {
            page.append("| ").append(feature.substring(group.length() + 1)).append(" |");
            clients.stream()
                    .map(client -> client.get("features").path(feature).asText("–"))
                    .forEach(words -> page.append(' ').append(words).append(" |"));
            page.append('\n');
        }
    }

    private static String title(JsonNode client) {
        return client.get("client").asText() + " " + client.get("version").asText();
    }

    private List<JsonNode> clients() {
        try (Stream<Path> files = Files.list(directory)) {
            List<JsonNode> clients = new ArrayList<>();
            for (Path file :
                    files.filter(file -> file.toString().endsWith(".json"))
                            .sorted()
                            .collect(Collectors.toList())) {
                clients.add(JSON.readTree(file.toFile()));
            }
            return clients;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + directory, e);
        }
    }

    private static final String INTRODUCTION =
            """
            # Compatibility

            Written by the tests in `system-tests` (package `io.millrace.system.foreign`), not by hand; the command is in
            `system-tests/README.md`. Every client runs the same program against Apache Kafka 4.3.1 and against Millrace.

            - **same**: the program's normalised answers are equal on both.
            - **works**: a test of its own, which does not compare answers, passes on Millrace.
            - **works; Apache refuses**: it works on Millrace; Apache Kafka 4.3.1 no longer serves what this client sends.
            - **differs**, **fails**: to be repaired.
            - **–**: the client does not offer it, or the program does not ask for it.
            """;
}
