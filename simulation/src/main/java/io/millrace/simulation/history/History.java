package io.millrace.simulation.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A whole history, ordered by time, invocations joined with their ends. Immutable once made. */
final class History {
    private final Map<Class<?>, List<Operation<?, ?>>> operations = new HashMap<>();
    private final List<Event> notes = new ArrayList<>();

    private History() {}

    static History of(List<Event> events) {
        List<Event> inOrder = new ArrayList<>(events);
        inOrder.sort(Comparator.comparingLong(Event::atNanos));
        Map<Long, Event> ended = new HashMap<>(events.size());
        for (Event event : inOrder) {
            if (event.phase() != Phase.INVOKE && event.phase() != Phase.NOTE) {
                ended.put(event.operation(), event);
            }
        }
        History history = new History();
        for (Event event : inOrder) {
            if (event.body() instanceof Call call) {
                Event end = ended.get(event.operation());
                Answer answer = end != null && end.body() instanceof Answer a ? a : null;
                history.operations
                        .computeIfAbsent(call.getClass(), kind -> new ArrayList<>())
                        .add(new Operation<>(event, call, end, answer));
            } else if (event.phase() == Phase.NOTE) {
                history.notes.add(event);
            }
        }
        return history;
    }

    List<Operation<Call.Send, Answer.Sent>> sends() {
        return of(Call.Send.class);
    }

    List<Operation<Call.Poll, Answer.Records>> polls() {
        return of(Call.Poll.class);
    }

    List<Operation<Call.Init, Answer.Initialised>> inits() {
        return of(Call.Init.class);
    }

    List<Operation<Call.End, Answer.Done>> ends() {
        return of(Call.End.class);
    }

    List<Operation<Call.TransactionOffsets, Answer.Done>> transactionOffsets() {
        return of(Call.TransactionOffsets.class);
    }

    List<Operation<Call.ListOffsets, Answer.Offset>> lists() {
        return of(Call.ListOffsets.class);
    }

    List<Operation<Call.Commit, Answer.Done>> commits() {
        return of(Call.Commit.class);
    }

    List<Operation<Call.Committed, Answer.Offset>> committed() {
        return of(Call.Committed.class);
    }

    List<Operation<Call.DeleteRecords, Answer.Done>> deletes() {
        return of(Call.DeleteRecords.class);
    }

    List<Operation<Call.Change, Answer.Changed>> changes() {
        return of(Call.Change.class);
    }

    List<Operation<Call.Look, Answer.Seen>> looks() {
        return of(Call.Look.class);
    }

    /** Probes of one kind in order of time, with the events that carry them. */
    List<Event> notes(Class<? extends Probe> kind) {
        return notes.stream().filter(note -> kind.isInstance(note.body())).toList();
    }

    /** Operations of one kind in order of their invocation. */
    @SuppressWarnings("unchecked") // the recorder ends a call with its own kind of answer
    private <C extends Call, A extends Answer> List<Operation<C, A>> of(Class<C> call) {
        List<?> found = operations.getOrDefault(call, List.of());
        return (List<Operation<C, A>>) found;
    }
}
