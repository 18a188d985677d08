package io.millrace.broker.group;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The groups of one shard by id. Owned by the shard. */
final class GroupTable {
    private final Map<String, Group> groups = new HashMap<>();

    @Nullable Group get(String id) {
        return groups.get(id);
    }

    /** The group if it is of the classic protocol. */
    @Nullable ClassicGroup classic(String id) {
        return groups.get(id) instanceof ClassicGroup classic ? classic : null;
    }

    /** The group if it is of the consumer protocol. */
    @Nullable ConsumerGroup consumer(String id) {
        return groups.get(id) instanceof ConsumerGroup consumer ? consumer : null;
    }

    /** The group if it is a share group. */
    @Nullable ShareGroup share(String id) {
        return groups.get(id) instanceof ShareGroup share ? share : null;
    }

    /** The group if it is a streams group. */
    @Nullable StreamsGroup streams(String id) {
        return groups.get(id) instanceof StreamsGroup streams ? streams : null;
    }

    /** Whether the group is still the one in the table: timers of former groups do nothing. */
    boolean holds(Group group) {
        return groups.get(group.id()) == group;
    }

    /** Takes the group in, in place of what had its id. */
    <G extends Group> G put(G group) {
        groups.put(group.id(), group);
        return group;
    }

    void remove(String id) {
        groups.remove(id);
    }

    /** All groups; a copy. */
    Collection<Group> all() {
        return List.copyOf(groups.values());
    }

    void clear() {
        groups.clear();
    }

    int size() {
        return groups.size();
    }
}
