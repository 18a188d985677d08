package io.millrace.simulation.history;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Transactions that read what each other wrote (G1c): strongly connected components. T3. */
final class CyclesCheck {
    /** Reader to the transactions it read from, with the read that says so. */
    private final Map<String, Map<String, Event>> reads = new HashMap<>();

    private final Map<String, Integer> index = new HashMap<>();
    private final Map<String, Integer> low = new HashMap<>();
    private final Deque<String> component = new ArrayDeque<>();
    private final Set<String> onStack = new LinkedHashSet<>();
    private final Findings findings;

    CyclesCheck(Findings findings) {
        this.findings = findings;
    }

    void run(History history, VersionOrder order) {
        for (Operation<Call.Poll, Answer.Records> poll : history.polls()) {
            String reader = poll.call().transaction();
            if (reader == null || !poll.isOk()) {
                continue;
            }
            for (String value : poll.result().values()) {
                Slot slot = order.of(value);
                String writer = slot == null ? null : slot.transaction();
                if (writer != null && !writer.equals(reader)) {
                    reads.computeIfAbsent(reader, name -> new HashMap<>())
                            .putIfAbsent(writer, poll.proof());
                }
            }
        }
        for (String transaction : List.copyOf(reads.keySet())) {
            if (!index.containsKey(transaction)) {
                visit(transaction);
            }
        }
    }

    /** Tarjan's algorithm with a stack of its own: histories are deeper than thread stacks. */
    private void visit(String root) {
        Deque<Frame> frames = new ArrayDeque<>();
        frames.push(enter(root));
        while (!frames.isEmpty()) {
            Frame frame = frames.peek();
            if (frame.next().hasNext()) {
                String writer = frame.next().next();
                if (!index.containsKey(writer)) {
                    frames.push(enter(writer));
                } else if (onStack.contains(writer)) {
                    low.merge(frame.name(), numberOf(writer), Math::min);
                }
                continue;
            }
            frames.pop();
            int lowest = Objects.requireNonNull(low.get(frame.name()));
            if (!frames.isEmpty()) {
                low.merge(frames.peek().name(), lowest, Math::min);
            }
            if (lowest == numberOf(frame.name())) {
                take(frame.name());
            }
        }
    }

    private int numberOf(String name) {
        return Objects.requireNonNull(index.get(name));
    }

    private Frame enter(String name) {
        index.put(name, index.size());
        low.put(name, numberOf(name));
        component.push(name);
        onStack.add(name);
        return new Frame(name, reads.getOrDefault(name, Map.of()).keySet().iterator());
    }

    private void take(String root) {
        List<String> members = new ArrayList<>();
        String member;
        do {
            member = component.pop();
            onStack.remove(member);
            members.add(member);
        } while (!member.equals(root));
        if (members.size() > 1) {
            List<Event> proofs = new ArrayList<>();
            for (String reader : members) {
                reads.getOrDefault(reader, Map.of()).entrySet().stream()
                        .filter(read -> members.contains(read.getKey()))
                        .forEach(read -> proofs.add(read.getValue()));
            }
            findings.add(
                    Invariant.T3,
                    root,
                    -1,
                    null,
                    "these read from each other: " + members,
                    proofs.toArray(new Event[0]));
        }
    }

    private record Frame(String name, Iterator<String> next) {}
}
