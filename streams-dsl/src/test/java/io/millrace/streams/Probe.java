package io.millrace.streams;

import io.millrace.streams.kstream.Consumed;
import io.millrace.streams.kstream.KStream;
import io.millrace.streams.kstream.KTable;
import io.millrace.streams.serialization.Serdes;
import io.millrace.streams.testing.TestOutputTopic;
import io.millrace.streams.testing.TestRecord;
import io.millrace.streams.testing.TopologyTestDriver;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A topology over text topics {@code a} and {@code b}, driven record by record. */
final class Probe implements AutoCloseable {
    private final TopologyTestDriver driver;

    private Probe(TopologyTestDriver driver) {
        this.driver = driver;
    }

    static Probe of(Consumer<StreamsBuilder> declare, String... settings) {
        StreamsBuilder builder = new StreamsBuilder();
        declare.accept(builder);
        return of(builder.build(), settings);
    }

    static Probe of(Topology topology, String... settings) {
        Properties properties = new Properties();
        properties.put("default.key.serde", Serdes.String().getClass());
        properties.put("default.value.serde", Serdes.String().getClass());
        properties.put("statestore.cache.max.bytes", "0");
        for (int i = 0; i < settings.length; i += 2) {
            properties.put(settings[i], settings[i + 1]);
        }
        return new Probe(new TopologyTestDriver(topology, properties));
    }

    static KStream<String, String> stream(StreamsBuilder builder, String topic) {
        return builder.stream(topic, Consumed.with(Serdes.String(), Serdes.String()));
    }

    static KTable<String, String> table(StreamsBuilder builder, String topic) {
        return builder.table(topic, Consumed.with(Serdes.String(), Serdes.String()));
    }

    TopologyTestDriver driver() {
        return driver;
    }

    /** Pipes one record and returns what came out of topic {@code out}, as key=value@time. */
    List<String> pipe(String topic, @Nullable String key, @Nullable String value, long timestamp) {
        driver.createInputTopic(topic, Serdes.String().serializer(), Serdes.String().serializer())
                .pipeInput(new TestRecord<>(key, value, timestamp));
        return out();
    }

    List<String> out() {
        TestOutputTopic<String, String> topic =
                driver.createOutputTopic(
                        "out", Serdes.String().deserializer(), Serdes.String().deserializer());
        List<String> found = new ArrayList<>();
        for (TestRecord<String, String> record : topic.readRecordsToList()) {
            found.add(record.key() + "=" + record.value() + "@" + record.timestamp());
        }
        return found;
    }

    @Override
    public void close() {
        driver.close();
    }
}
