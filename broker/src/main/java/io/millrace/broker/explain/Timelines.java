package io.millrace.broker.explain;

import io.millrace.base.loop.EventLoop;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * The last events of many entities: a ring for each, and a bound on how many entities are
 * remembered; those without news for longest are forgotten first. Owned by one loop, to which
 * everybody posts.
 */
public final class Timelines {
    /** Events kept of one entity. */
    static final int EVENTS = 64;

    /** Entities remembered. */
    static final int ENTITIES = 4_096;

    private final EventLoop loop;
    private final LinkedHashMap<Entity, ArrayDeque<Event>> rings = new LinkedHashMap<>();

    public Timelines(EventLoop loop) {
        this.loop = loop;
    }

    /** Notes an event that happened now. Any thread. */
    public void note(Entity entity, String text) {
        note(entity, new Event(loop.clock().wallMs(), Event.NO_OFFSET, () -> text));
    }

    /** Notes an event. Any thread. */
    public void note(Entity entity, Event event) {
        loop.execute(() -> onEvent(entity, event));
    }

    /** Notes several at once. Any thread. */
    public void note(Map<Entity, Event> events) {
        loop.execute(() -> events.forEach(this::onEvent));
    }

    private void onEvent(Entity entity, Event event) {
        loop.assertInLoop();
        ArrayDeque<Event> ring = rings.remove(entity);
        if (ring == null) {
            ring = new ArrayDeque<>(2);
            forgetOldest();
        }
        if (ring.size() == EVENTS) {
            ring.removeFirst();
        }
        ring.addLast(event);
        rings.put(entity, ring);
    }

    private void forgetOldest() {
        if (rings.size() >= ENTITIES) {
            Iterator<Entity> oldest = rings.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    /** The events remembered of an entity, oldest first. Any thread. */
    public CompletableFuture<List<Event>> of(Entity entity) {
        CompletableFuture<List<Event>> answer = new CompletableFuture<>();
        loop.execute(
                () -> answer.complete(List.copyOf(rings.getOrDefault(entity, new ArrayDeque<>()))));
        return answer;
    }
}
