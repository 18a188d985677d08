package io.millrace.clients.admin;

import io.millrace.clients.cluster.RequestFactory;
import io.millrace.protocol.message.ExplainRequest;
import io.millrace.protocol.message.ExplainResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Asks Millrace's brokers why something is as it is; other brokers do not know the question. Any
 * thread.
 */
public final class ExplainAdmin {
    private static final long NO_OFFSET = -1;

    private final AdminCalls calls;

    ExplainAdmin(AdminCalls calls) {
        this.calls = calls;
    }

    /** In the order of their numbers on the wire. */
    public enum Kind {
        PARTITION,
        GROUP,
        TRANSACTION
    }

    /** Something that happened; wall time of the broker that tells. */
    public record Event(long timeMs, long metadataOffset, String text) {}

    /**
     * All that the brokers remember, oldest first, and what holds the entity back now.
     *
     * @param present from the broker in charge
     */
    public record Explanation(List<Event> events, List<String> present) {
        public Explanation {
            events = List.copyOf(events);
            present = List.copyOf(present);
        }
    }

    /**
     * Asks all brokers. What several tell of the same metadata appears once.
     *
     * @param name {@code topic-partition}, group id or transactional id
     */
    public CompletableFuture<Explanation> explain(Kind kind, String name) {
        RequestFactory<ExplainResponse> request =
                RequestFactory.of(new ExplainRequest().kind((byte) kind.ordinal()).name(name));
        return calls.everyBroker(
                        request,
                        response -> {
                            AdminCalls.check(
                                    response.errorCode(),
                                    response.errorMessage(),
                                    "explaining " + name);
                            return List.of(read(response));
                        })
                .thenApply(ExplainAdmin::merged);
    }

    private static Explanation read(ExplainResponse response) {
        return new Explanation(
                response.events().stream()
                        .map(
                                event ->
                                        new Event(
                                                event.timestampMs(),
                                                event.metadataOffset(),
                                                event.text()))
                        .toList(),
                response.present());
    }

    private record Told(long offset, String text) {}

    static Explanation merged(Collection<Explanation> parts) {
        List<Event> all = new ArrayList<>();
        List<String> present = new ArrayList<>();
        parts.forEach(
                part -> {
                    all.addAll(part.events());
                    present.addAll(part.present());
                });
        all.sort(Comparator.comparingLong(Event::timeMs));
        Set<Told> told = new LinkedHashSet<>();
        all.removeIf(
                event ->
                        event.metadataOffset() != NO_OFFSET
                                && !told.add(new Told(event.metadataOffset(), event.text())));
        return new Explanation(all, present);
    }
}
