package io.millrace.cli;

import io.millrace.clients.consumer.Consumer;
import io.millrace.clients.consumer.ConsumerRecord;
import io.millrace.clients.serde.Serdes;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace consume}: prints records of topics. */
@Command(
        name = "consume",
        description = "Print the records of topics.",
        mixinStandardHelpOptions = true)
final class ConsumeCommand implements Callable<Integer> {
    private static final Duration POLL = Duration.ofMillis(200);

    @Mixin ClusterOptions cluster = new ClusterOptions();

    @Mixin Output output = new Output();

    @Parameters(paramLabel = "TOPIC", arity = "1..*")
    List<String> topics = List.of();

    @Option(
            names = {"-g", "--group"},
            description = "Read as a member of this group and commit.")
    @Nullable String group;

    @Option(
            names = "--from-beginning",
            description = "Start at the first record instead of the end.")
    boolean fromBeginning;

    @Option(
            names = {"-n", "--max-records"},
            description = "Stop after so many records.")
    long maxRecords = Long.MAX_VALUE;

    @Option(names = "--idle-exit-ms", description = "Stop when nothing came for so long.")
    long idleExitMs = Long.MAX_VALUE;

    @Option(names = "--keys", description = "Print keys too, with a tab between.")
    boolean keys;

    @Override
    public Integer call() throws Exception {
        Map<String, String> added = new HashMap<>();
        added.put("client.id", "millrace-consume");
        added.put("auto.offset.reset", fromBeginning ? "earliest" : "latest");
        added.put(
                "group.id",
                group == null ? "millrace-consume-" + ProcessHandle.current().pid() : group);
        added.put("enable.auto.commit", Boolean.toString(group != null));
        try (Consumer<String, String> consumer =
                Consumer.create(
                        cluster.config(added),
                        Serdes.string().deserializer(),
                        Serdes.string().deserializer())) {
            consumer.subscribe(topics);
            long seen = 0;
            long idleMs = 0;
            while (seen < maxRecords && idleMs < idleExitMs) {
                long before = seen;
                for (ConsumerRecord<String, String> record : consumer.poll(POLL)) {
                    if (seen < maxRecords) {
                        print(record);
                        seen++;
                    }
                }
                idleMs = seen == before ? idleMs + POLL.toMillis() : 0;
                output.out().flush();
                if (output.out().checkError()) {
                    return 0; // the reader of our output has gone
                }
            }
        }
        return 0;
    }

    private void print(ConsumerRecord<String, String> record) {
        if (output.json) {
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("topic", record.topic());
            object.put("partition", record.partition());
            object.put("offset", record.offset());
            object.put("timestamp_ms", record.timestampMs());
            object.put("key", record.key());
            object.put("value", record.value());
            output.object(object);
        } else {
            output.out()
                    .println(
                            keys
                                    ? record.key() + "\t" + record.value()
                                    : String.valueOf(record.value()));
        }
    }
}
