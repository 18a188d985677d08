package io.millrace.streams;

import io.millrace.streams.topology.NodeSpec;
import io.millrace.streams.topology.SubTopology;
import io.millrace.streams.topology.TopologyGraph;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A topology for people: sub-topologies with their nodes, in the text form of Apache Kafka Streams
 * (so that its tools draw ours).
 */
public record TopologyDescription(List<Part> subtopologies) {
    public TopologyDescription {
        subtopologies = List.copyOf(subtopologies);
    }

    /** What one task runs. */
    public record Part(int id, List<Node> nodes) {
        public Part {
            nodes = List.copyOf(nodes);
        }

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder("Sub-topology: ").append(id).append('\n');
            nodes.forEach(node -> text.append("    ").append(node).append('\n'));
            return text.append('\n').toString();
        }
    }

    /**
     * One node.
     *
     * @param kind Source, Processor or Sink
     * @param detail topics or stores as shown in brackets
     */
    public record Node(
            String kind,
            String name,
            String detail,
            List<String> successors,
            List<String> predecessors) {
        @Override
        public String toString() {
            StringBuilder text = new StringBuilder(kind + ": " + name + " (" + detail + ")");
            if (!kind.equals("Sink")) {
                text.append("\n      --> ").append(joined(successors));
            }
            if (!kind.equals("Source")) {
                text.append("\n      <-- ").append(joined(predecessors));
            }
            return text.toString();
        }

        private static String joined(List<String> names) {
            return names.isEmpty() ? "none" : String.join(", ", names);
        }
    }

    static TopologyDescription of(TopologyGraph graph) {
        List<Part> parts = new ArrayList<>();
        for (SubTopology part : graph.subTopologies()) {
            parts.add(describe(graph, part));
        }
        return new TopologyDescription(parts);
    }

    private static Part describe(TopologyGraph graph, SubTopology part) {
        Map<String, List<String>> successors = new HashMap<>();
        for (NodeSpec node : part.nodes()) {
            node.parents()
                    .forEach(
                            parent ->
                                    successors
                                            .computeIfAbsent(parent, name -> new ArrayList<>())
                                            .add(node.name()));
        }
        Map<String, Integer> sizes = new HashMap<>();
        for (int i = part.nodes().size() - 1; i >= 0; i--) {
            String name = part.nodes().get(i).name();
            int size = 1;
            for (String child : successors.getOrDefault(name, List.of())) {
                size += sizes.getOrDefault(child, 1);
            }
            sizes.put(name, size);
        }
        // Nodes with much behind them first, as in Kafka Streams.
        Comparator<String> order =
                Comparator.comparing((String name) -> sizes.getOrDefault(name, 1))
                        .reversed()
                        .thenComparing(name -> name);
        List<Node> nodes = new ArrayList<>();
        part.nodes().stream()
                .sorted(Comparator.comparing(NodeSpec::name, order))
                .forEach(
                        spec ->
                                nodes.add(
                                        new Node(
                                                kindOf(spec),
                                                spec.name(),
                                                detailOf(graph, spec),
                                                sorted(
                                                        successors.getOrDefault(
                                                                spec.name(), List.of()),
                                                        order),
                                                spec.parents())));
        return new Part(part.id(), nodes);
    }

    private static List<String> sorted(List<String> names, Comparator<String> order) {
        return names.stream().sorted(order).toList();
    }

    private static String kindOf(NodeSpec spec) {
        if (spec instanceof NodeSpec.Source) {
            return "Source";
        }
        return spec instanceof NodeSpec.Sink ? "Sink" : "Processor";
    }

    private static String detailOf(TopologyGraph graph, NodeSpec spec) {
        if (spec instanceof NodeSpec.Source source) {
            return "topics: " + source.topics();
        }
        if (spec instanceof NodeSpec.Sink sink) {
            return sink.topic() != null
                    ? "topic: " + sink.topic()
                    : "extractor class: " + sink.topics();
        }
        Set<String> stores = graph.storesOf(spec.name());
        return "stores: " + List.copyOf(stores);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("Topologies:\n ");
        subtopologies.forEach(part -> text.append("  ").append(part));
        return text.toString();
    }
}
