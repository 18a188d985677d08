package io.millrace.cli;

import io.millrace.clients.producer.Producer;
import io.millrace.clients.producer.ProducerRecord;
import io.millrace.clients.serde.Serdes;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace produce}: lines of standard input become records. */
@Command(
        name = "produce",
        description = "Send each line of standard input as a record.",
        mixinStandardHelpOptions = true)
final class ProduceCommand implements Callable<Integer> {
    @Mixin ClusterOptions cluster = new ClusterOptions();

    @Mixin Output output = new Output();

    @Parameters(paramLabel = "TOPIC")
    String topic = "";

    @Option(
            names = {"-k", "--key-separator"},
            description = "What stands before it in a line is the key.")
    @Nullable String keySeparator;

    @Option(
            names = {"-c", "--compression"},
            defaultValue = "none",
            description = "none, gzip, snappy, lz4 or zstd.")
    String compression = "none";

    @Override
    public Integer call() throws Exception {
        Map<String, String> config =
                cluster.config(
                        Map.of("client.id", "millrace-produce", "compression.type", compression));
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        long sent = 0;
        try (Producer<String, String> producer =
                Producer.create(
                        config, Serdes.string().serializer(), Serdes.string().serializer())) {
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            String line;
            while ((line = lines.readLine()) != null && failure.get() == null) {
                producer.send(recordOf(line))
                        .whenComplete(
                                (metadata, problem) -> {
                                    if (problem != null) {
                                        failure.compareAndSet(null, problem);
                                    }
                                });
                sent++;
            }
            producer.flush();
        }
        Throwable problem = failure.get();
        if (problem != null) {
            throw new java.util.concurrent.ExecutionException(problem);
        }
        output.done(
                "sent " + sent + " records to " + topic, Map.of("topic", topic, "records", sent));
        return 0;
    }

    private ProducerRecord<String, String> recordOf(String line) {
        if (keySeparator == null) {
            return new ProducerRecord<>(topic, line);
        }
        int at = line.indexOf(keySeparator);
        if (at < 0) {
            throw new IllegalArgumentException(
                    "line \"" + line + "\" lacks the key separator \"" + keySeparator + "\"");
        }
        return new ProducerRecord<>(
                topic, line.substring(0, at), line.substring(at + keySeparator.length()));
    }
}
