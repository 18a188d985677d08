package io.millrace.streams.topology;

import io.millrace.streams.state.StoreBuilder;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Nodes connected by forwarding or by sharing a store: what one task runs.
 *
 * @param id number, from 0, in order of declaration
 * @param nodes in order of declaration: parents before children
 * @param stores in order of declaration
 */
public record SubTopology(int id, List<NodeSpec> nodes, List<StoreBuilder<?>> stores) {
    public SubTopology {
        nodes = List.copyOf(nodes);
        stores = List.copyOf(stores);
    }

    /** Topics read, in order of declaration; repartition topics without prefix. */
    public Set<String> sourceTopics() {
        Set<String> topics = new LinkedHashSet<>();
        for (NodeSpec node : nodes) {
            if (node instanceof NodeSpec.Source source) {
                topics.addAll(source.topics());
            }
        }
        return topics;
    }

    /** Fixed topics written, in order of declaration; repartition topics without prefix. */
    public List<String> sinkTopics() {
        List<String> topics = new ArrayList<>();
        for (NodeSpec node : nodes) {
            if (node instanceof NodeSpec.Sink sink && sink.topic() != null) {
                topics.add(sink.topic());
            }
        }
        return topics;
    }

    /** Stores that have a changelog. */
    public List<StoreBuilder<?>> loggedStores() {
        List<StoreBuilder<?>> logged = new ArrayList<>();
        for (StoreBuilder<?> store : stores) {
            if (store.loggingEnabled()) {
                logged.add(store);
            }
        }
        return logged;
    }
}
