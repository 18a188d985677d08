package io.millrace.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.streams.kstream.Consumed;
import io.millrace.streams.kstream.Grouped;
import io.millrace.streams.kstream.KStream;
import io.millrace.streams.kstream.Materialized;
import io.millrace.streams.kstream.Produced;
import io.millrace.streams.serialization.Serdes;
import io.millrace.streams.state.ValueAndTimestamp;
import io.millrace.streams.testing.TestInputTopic;
import io.millrace.streams.testing.TestOutputTopic;
import io.millrace.streams.testing.TopologyTestDriver;
import java.util.List;
import org.junit.jupiter.api.Test;

class WordCountTest {
    private static Topology wordCount() {
        StreamsBuilder builder = new StreamsBuilder();
        KStream<String, String> lines =
                builder.stream("lines", Consumed.with(Serdes.String(), Serdes.String()));
        lines.flatMapValues(line -> List.of(line.toLowerCase().split(" ")))
                .groupBy((key, word) -> word, Grouped.with(Serdes.String(), Serdes.String()))
                .count(Materialized.as("counts"))
                .toStream()
                .to("counts-out", Produced.with(Serdes.String(), Serdes.Long()));
        return builder.build();
    }

    @Test
    void countsWordsAcrossARepartitionTopic() {
        try (TopologyTestDriver driver = new TopologyTestDriver(wordCount())) {
            TestInputTopic<String, String> lines =
                    driver.createInputTopic(
                            "lines", Serdes.String().serializer(), Serdes.String().serializer());
            TestOutputTopic<String, Long> counts =
                    driver.createOutputTopic(
                            "counts-out",
                            Serdes.String().deserializer(),
                            Serdes.Long().deserializer());
            lines.pipeInput("k", "to be or not to be", 10);
            assertThat(counts.readKeyValuesToMap())
                    .containsEntry("to", 2L)
                    .containsEntry("be", 2L)
                    .containsEntry("not", 1L);
            assertThat(driver.<String, ValueAndTimestamp<Long>>getKeyValueStore("counts").get("to"))
                    .isEqualTo(new ValueAndTimestamp<>(2L, 10));
            assertThat(driver.producedTopicNames()).contains("test-driver-counts-repartition");
        }
    }

    @Test
    void describesItselfInTheTextFormOfKafkaStreams() {
        assertThat(wordCount().describe().toString())
                .isEqualTo(
                        """
                        Topologies:
                           Sub-topology: 0
                            Source: KSTREAM-SOURCE-0000000000 (topics: [lines])
                              --> KSTREAM-FLATMAPVALUES-0000000001
                            Processor: KSTREAM-FLATMAPVALUES-0000000001 (stores: [])
                              --> KSTREAM-KEY-SELECT-0000000002
                              <-- KSTREAM-SOURCE-0000000000
                            Processor: KSTREAM-KEY-SELECT-0000000002 (stores: [])
                              --> counts-repartition-filter
                              <-- KSTREAM-FLATMAPVALUES-0000000001
                            Processor: counts-repartition-filter (stores: [])
                              --> counts-repartition-sink
                              <-- KSTREAM-KEY-SELECT-0000000002
                            Sink: counts-repartition-sink (topic: counts-repartition)
                              <-- counts-repartition-filter

                          Sub-topology: 1
                            Source: counts-repartition-source (topics: [counts-repartition])
                              --> KSTREAM-AGGREGATE-0000000003
                            Processor: KSTREAM-AGGREGATE-0000000003 (stores: [counts])
                              --> KTABLE-TOSTREAM-0000000007
                              <-- counts-repartition-source
                            Processor: KTABLE-TOSTREAM-0000000007 (stores: [])
                              --> KSTREAM-SINK-0000000008
                              <-- KSTREAM-AGGREGATE-0000000003
                            Sink: KSTREAM-SINK-0000000008 (topic: counts-out)
                              <-- KTABLE-TOSTREAM-0000000007

                        """);
    }
}
