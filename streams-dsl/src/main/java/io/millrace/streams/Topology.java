package io.millrace.streams;

import io.millrace.streams.processor.ConnectedStoreProvider;
import io.millrace.streams.processor.StreamPartitioner;
import io.millrace.streams.processor.TimestampExtractor;
import io.millrace.streams.processor.TopicNameExtractor;
import io.millrace.streams.processor.api.ProcessorSupplier;
import io.millrace.streams.serialization.Deserializer;
import io.millrace.streams.serialization.Serializer;
import io.millrace.streams.state.StoreBuilder;
import io.millrace.streams.topology.NodeSpec;
import io.millrace.streams.topology.TopologyGraph;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sources, processors, sinks and stores of a job, node by node. {@link StreamsBuilder} makes one
 * out of streams and tables; this is the way without them.
 */
public final class Topology {
    private final TopologyGraph graph;

    public Topology() {
        this(new TopologyGraph());
    }

    Topology(TopologyGraph graph) {
        this.graph = graph;
    }

    public Topology addSource(String name, String... topics) {
        return addSource(name, null, null, null, topics);
    }

    public Topology addSource(
            String name,
            @Nullable Deserializer<?> keyDeserializer,
            @Nullable Deserializer<?> valueDeserializer,
            String... topics) {
        return addSource(name, null, keyDeserializer, valueDeserializer, topics);
    }

    public Topology addSource(
            String name,
            @Nullable TimestampExtractor extractor,
            @Nullable Deserializer<?> keyDeserializer,
            @Nullable Deserializer<?> valueDeserializer,
            String... topics) {
        graph.add(
                new NodeSpec.Source(
                        name,
                        List.of(topics),
                        keyDeserializer,
                        valueDeserializer,
                        extractor,
                        null));
        return this;
    }

    public <KIn, VIn, KOut, VOut> Topology addProcessor(
            String name, ProcessorSupplier<KIn, VIn, KOut, VOut> supplier, String... parents) {
        graph.add(new NodeSpec.Processing(name, List.of(parents), supplier));
        ConnectedStoreProvider provider = supplier;
        provider.stores().forEach(store -> graph.addStore(store, List.of(name)));
        return this;
    }

    public Topology addSink(String name, String topic, String... parents) {
        return addSink(name, topic, null, null, parents);
    }

    public Topology addSink(
            String name,
            String topic,
            @Nullable Serializer<?> keySerializer,
            @Nullable Serializer<?> valueSerializer,
            String... parents) {
        graph.add(
                new NodeSpec.Sink(
                        name, List.of(parents), topic, null, keySerializer, valueSerializer, null));
        return this;
    }

    /** With a partitioner, and topics chosen for each record. */
    public <K, V> Topology addSink(
            String name,
            TopicNameExtractor<K, V> topics,
            @Nullable Serializer<K> keySerializer,
            @Nullable Serializer<V> valueSerializer,
            @Nullable StreamPartitioner<? super K, ? super V> partitioner,
            String... parents) {
        graph.add(
                new NodeSpec.Sink(
                        name,
                        List.of(parents),
                        null,
                        topics,
                        keySerializer,
                        valueSerializer,
                        partitioner));
        return this;
    }

    public Topology addStateStore(StoreBuilder<?> store, String... processors) {
        graph.addStore(store, List.of(processors));
        return this;
    }

    public Topology connectProcessorAndStateStores(String processor, String... stores) {
        for (String store : stores) {
            graph.connect(processor, store);
        }
        return this;
    }

    public TopologyDescription describe() {
        return TopologyDescription.of(graph);
    }

    /** What was declared, for the engine. */
    public TopologyGraph graph() {
        return graph;
    }
}
