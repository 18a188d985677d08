package io.millrace.metadata.image;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Which topics have replicas on which broker, so that a broker's coming and going costs what it
 * holds and not what the cluster holds. Counts replicas by broker and topic. Immutable.
 */
final class ReplicaIndex {
    static final ReplicaIndex EMPTY = new ReplicaIndex(PersistentMap.empty());

    private final PersistentMap<Integer, PersistentMap<UUID, Integer>> countByTopic;

    private ReplicaIndex(PersistentMap<Integer, PersistentMap<UUID, Integer>> countByTopic) {
        this.countByTopic = countByTopic;
    }

    /** Calls with each topic that has a replica there, in an order given by the content. */
    void forEachTopicOn(int brokerId, Consumer<UUID> action) {
        PersistentMap<UUID, Integer> topics = countByTopic.get(brokerId);
        if (topics != null) {
            topics.forEach((topic, count) -> action.accept(topic));
        }
    }

    /** Replicas on the broker in the topic. */
    int count(int brokerId, UUID topic) {
        PersistentMap<UUID, Integer> topics = countByTopic.get(brokerId);
        Integer count = topics == null ? null : topics.get(topic);
        return count == null ? 0 : count;
    }

    Editor edit() {
        return new Editor(this);
    }

    /** Makes one changed copy. Owned by one thread. */
    static final class Editor {
        private final ReplicaIndex before;
        private final Map<Integer, PersistentMap.Editor<UUID, Integer>> open = new HashMap<>();

        private Editor(ReplicaIndex before) {
            this.before = before;
        }

        /** The broker has this many replicas of the topic more, or fewer. */
        void add(int brokerId, UUID topic, int by) {
            if (by == 0) {
                return;
            }
            PersistentMap.Editor<UUID, Integer> topics =
                    open.computeIfAbsent(brokerId, this::topicsOf);
            Integer now = topics.get(topic);
            int count = (now == null ? 0 : now) + by;
            if (count == 0) {
                topics.remove(topic);
            } else {
                topics.put(topic, count);
            }
        }

        private PersistentMap.Editor<UUID, Integer> topicsOf(int brokerId) {
            PersistentMap<UUID, Integer> known = before.countByTopic.get(brokerId);
            return known == null ? PersistentMap.<UUID, Integer>empty().edit() : known.edit();
        }

        ReplicaIndex finish() {
            if (open.isEmpty()) {
                return before;
            }
            PersistentMap.Editor<Integer, PersistentMap<UUID, Integer>> brokers =
                    before.countByTopic.edit();
            open.forEach(
                    (broker, topics) -> {
                        PersistentMap<UUID, Integer> after = topics.finish();
                        if (after.isEmpty()) {
                            brokers.remove(broker);
                        } else {
                            brokers.put(broker, after);
                        }
                    });
            return new ReplicaIndex(brokers.finish());
        }
    }
}
