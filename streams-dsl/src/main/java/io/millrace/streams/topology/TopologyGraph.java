package io.millrace.streams.topology;

import io.millrace.streams.errors.TopologyException;
import io.millrace.streams.state.StoreBuilder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a topology is made of, while it is declared and afterwards. Every addition checks that what
 * it refers to exists and that names are new. Used by one thread.
 */
public final class TopologyGraph {
    private final Map<String, NodeSpec> nodes = new LinkedHashMap<>();
    private final Map<String, StoreBuilder<?>> stores = new LinkedHashMap<>();
    private final Map<String, Set<String>> storeUsers = new LinkedHashMap<>();
    private final Map<String, RepartitionTopic> repartitionTopics = new LinkedHashMap<>();
    private final List<Set<String>> copartitioned = new ArrayList<>();
    private final Map<String, String> topicReaders = new LinkedHashMap<>();

    public void add(NodeSpec node) {
        if (nodes.containsKey(node.name())) {
            throw new TopologyException(
                    "node " + node.name() + " is already there; names must differ");
        }
        for (String parent : node.parents()) {
            NodeSpec found = nodes.get(parent);
            if (found == null) {
                throw new TopologyException(
                        "node " + node.name() + ": its parent " + parent + " is not there");
            }
            if (found instanceof NodeSpec.Sink) {
                throw new TopologyException(
                        "node "
                                + node.name()
                                + ": its parent "
                                + parent
                                + " is a sink, which forwards nothing");
            }
        }
        if (!(node instanceof NodeSpec.Source) && node.parents().isEmpty()) {
            throw new TopologyException("node " + node.name() + " needs at least one parent");
        }
        if (node instanceof NodeSpec.Source source) {
            claimTopics(source);
        }
        nodes.put(node.name(), node);
    }

    private void claimTopics(NodeSpec.Source source) {
        if (source.topics().isEmpty()) {
            throw new TopologyException("source " + source.name() + " needs at least one topic");
        }
        for (String topic : source.topics()) {
            String reader = topicReaders.putIfAbsent(topic, source.name());
            if (reader != null) {
                throw new TopologyException(
                        "source "
                                + source.name()
                                + ": topic "
                                + topic
                                + " is already read by "
                                + reader);
            }
        }
    }

    /** Adds a store, or nothing if this very builder is there already, and connects it. */
    public void addStore(StoreBuilder<?> store, Collection<String> users) {
        StoreBuilder<?> present = stores.putIfAbsent(store.name(), store);
        if (present != null && present != store) {
            throw new TopologyException(
                    "store " + store.name() + " is already there; names must differ");
        }
        storeUsers.computeIfAbsent(store.name(), name -> new LinkedHashSet<>());
        for (String user : users) {
            connect(user, store.name());
        }
    }

    public void connect(String node, String store) {
        if (!(nodes.get(node) instanceof NodeSpec.Processing)) {
            throw new TopologyException(
                    "store "
                            + store
                            + " cannot be connected to "
                            + node
                            + ", which is not a processor of this topology");
        }
        Set<String> users = storeUsers.get(store);
        if (users == null) {
            throw new TopologyException(
                    "node " + node + ": store " + store + " is not there; add it first");
        }
        users.add(node);
    }

    public void addRepartitionTopic(RepartitionTopic topic) {
        if (repartitionTopics.putIfAbsent(topic.name(), topic) != null) {
            throw new TopologyException(
                    "repartition topic " + topic.name() + " is already there; names must differ");
        }
    }

    /** These sources feed one join: their topics must have the same number of partitions. */
    public void copartition(Set<String> sources) {
        if (sources.size() > 1) {
            copartitioned.add(Set.copyOf(sources));
        }
    }

    public @Nullable NodeSpec node(String name) {
        return nodes.get(name);
    }

    public Collection<NodeSpec> nodes() {
        return nodes.values();
    }

    public @Nullable StoreBuilder<?> store(String name) {
        return stores.get(name);
    }

    /** Names of the stores connected to a node. */
    public Set<String> storesOf(String node) {
        Set<String> names = new LinkedHashSet<>();
        storeUsers.forEach(
                (store, users) -> {
                    if (users.contains(node)) {
                        names.add(store);
                    }
                });
        return names;
    }

    public boolean isRepartitionTopic(String topic) {
        return repartitionTopics.containsKey(topic);
    }

    public Map<String, RepartitionTopic> repartitionTopics() {
        return repartitionTopics;
    }

    /** Topics that must have the same number of partitions, set by set. */
    public List<Set<String>> copartitionedTopics() {
        List<Set<String>> groups = new ArrayList<>();
        for (Set<String> sources : copartitioned) {
            Set<String> topics = new LinkedHashSet<>();
            for (String source : sources) {
                if (nodes.get(source) instanceof NodeSpec.Source spec) {
                    topics.addAll(spec.topics());
                }
            }
            groups.add(topics);
        }
        return groups;
    }

    /** Name of a topic in the cluster. */
    public String clusterName(String applicationId, String topic) {
        return isRepartitionTopic(topic) ? applicationId + "-" + topic : topic;
    }

    public static String changelogName(String applicationId, String store) {
        return applicationId + "-" + store + "-changelog";
    }

    /** Parts that share neither node nor store, numbered in order of their first node. */
    public List<SubTopology> subTopologies() {
        Map<String, String> leaders = new LinkedHashMap<>();
        nodes.keySet().forEach(name -> leaders.put(name, name));
        for (NodeSpec node : nodes.values()) {
            node.parents().forEach(parent -> unite(leaders, parent, node.name()));
        }
        for (Set<String> users : storeUsers.values()) {
            String first = null;
            for (String user : users) {
                if (first != null) {
                    unite(leaders, first, user);
                }
                first = user;
            }
        }
        Map<String, List<NodeSpec>> groups = new LinkedHashMap<>();
        for (NodeSpec node : nodes.values()) {
            groups.computeIfAbsent(leader(leaders, node.name()), name -> new ArrayList<>())
                    .add(node);
        }
        List<SubTopology> parts = new ArrayList<>();
        for (List<NodeSpec> group : groups.values()) {
            parts.add(new SubTopology(parts.size(), group, storesOf(group)));
        }
        return parts;
    }

    private List<StoreBuilder<?>> storesOf(List<NodeSpec> group) {
        Set<String> names = new LinkedHashSet<>();
        group.forEach(node -> names.add(node.name()));
        List<StoreBuilder<?>> found = new ArrayList<>();
        stores.forEach(
                (name, store) -> {
                    Set<String> users = storeUsers.getOrDefault(name, Set.of());
                    if (users.stream().anyMatch(names::contains)) {
                        found.add(store);
                    }
                });
        return found;
    }

    private static void unite(Map<String, String> leaders, String one, String other) {
        leaders.put(leader(leaders, other), leader(leaders, one));
    }

    private static String leader(Map<String, String> leaders, String name) {
        String above = leaders.getOrDefault(name, name);
        return above.equals(name) ? name : leader(leaders, above);
    }
}
