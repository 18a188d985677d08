package io.millrace.streams.topology;

import io.millrace.streams.kstream.Consumed.AutoOffsetReset;
import io.millrace.streams.processor.StreamPartitioner;
import io.millrace.streams.processor.TimestampExtractor;
import io.millrace.streams.processor.TopicNameExtractor;
import io.millrace.streams.processor.api.ProcessorSupplier;
import io.millrace.streams.serialization.Deserializer;
import io.millrace.streams.serialization.Serializer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A node of a topology as it was declared. What is null falls back to the configuration. */
public sealed interface NodeSpec {
    String name();

    /** Names of the nodes that forward to this one. */
    List<String> parents();

    /** Reads topics. */
    record Source(
            String name,
            List<String> topics,
            @Nullable Deserializer<?> keyDeserializer,
            @Nullable Deserializer<?> valueDeserializer,
            @Nullable TimestampExtractor extractor,
            @Nullable AutoOffsetReset reset)
            implements NodeSpec {
        public Source {
            topics = List.copyOf(topics);
        }

        @Override
        public List<String> parents() {
            return List.of();
        }
    }

    /** Does something with each record. */
    record Processing(String name, List<String> parents, ProcessorSupplier<?, ?, ?, ?> supplier)
            implements NodeSpec {
        public Processing {
            parents = List.copyOf(parents);
        }
    }

    /**
     * Writes a topic.
     *
     * @param topic null if {@code topics} chooses for each record
     */
    record Sink(
            String name,
            List<String> parents,
            @Nullable String topic,
            @Nullable TopicNameExtractor<?, ?> topics,
            @Nullable Serializer<?> keySerializer,
            @Nullable Serializer<?> valueSerializer,
            @Nullable StreamPartitioner<?, ?> partitioner)
            implements NodeSpec {
        public Sink {
            parents = List.copyOf(parents);
        }
    }
}
