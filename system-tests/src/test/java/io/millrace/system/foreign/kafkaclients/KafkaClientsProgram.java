package io.millrace.system.foreign.kafkaclients;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Runs scenarios, several at a time, and prints one line of JSON for each: {@code {"feature",
 * "answer"}} or {@code {"feature", "error"}}. Arguments: {@code host:port}, then the features, none
 * for all.
 */
public final class KafkaClientsProgram {
    private static final int AT_A_TIME = 4;

    private KafkaClientsProgram() {}

    public static void main(String[] arguments) throws Exception {
        Cluster cluster = new Cluster(arguments[0]);
        List<String> wanted = List.of(arguments).subList(1, arguments.length);
        Scenarios scenarios = new Scenarios();
        RecordScenarios records = new RecordScenarios(cluster);
        records.addTo(scenarios);
        new OffsetScenarios(cluster).addTo(scenarios);
        new GroupScenarios(cluster).addTo(scenarios);
        new TransactionScenarios(cluster).addTo(scenarios);
        new AdminScenarios(cluster).addTo(scenarios);
        int[] version = version();
        if (version[0] >= 3) {
            new OperatorScenarios(cluster).addTo(scenarios);
            scenarios.add("records.split-batches", records::split);
        }
        if (version[0] > 3 || version[0] == 3 && version[1] >= 9) {
            new ConsumerProtocolScenarios(cluster, version[0] >= 4).addTo(scenarios);
        }
        if (version[0] >= 4) {
            new ShareScenarios(cluster).addTo(scenarios);
        }
        ExecutorService threads = Executors.newFixedThreadPool(AT_A_TIME);
        List<Future<?>> runs = new ArrayList<>();
        scenarios
                .byFeature()
                .forEach(
                        (feature, scenario) -> {
                            if (wanted.isEmpty() || wanted.contains(feature)) {
                                runs.add(threads.submit(() -> run(feature, scenario)));
                            }
                        });
        for (Future<?> run : runs) {
            run.get();
        }
        threads.shutdown();
    }

    private static int[] version() {
        return java.util.Arrays.stream(clientVersion().split("\\."))
                .limit(2)
                .mapToInt(Integer::parseInt)
                .toArray();
    }

    /** As the client's jar tells it; the class that reads it has moved with 4.4. */
    private static String clientVersion() {
        Properties told = new Properties();
        try (InputStream in =
                KafkaClientsProgram.class.getResourceAsStream("/kafka/kafka-version.properties")) {
            told.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return told.getProperty("version");
    }

    private static void run(String feature, Scenarios.Scenario scenario) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("feature", feature);
        Answer answer = new Answer();
        try {
            scenario.run(answer);
            line.put("answer", answer.findings());
        } catch (Throwable e) {
            e.printStackTrace();
            line.put(
                    "error",
                    Answer.name(e) + ": " + e.getMessage() + " after " + answer.findings());
        }
        System.out.println(Json.of(line));
    }
}
