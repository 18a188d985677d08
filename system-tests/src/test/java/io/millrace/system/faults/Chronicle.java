package io.millrace.system.faults;

import io.millrace.base.time.Clock;
import io.millrace.simulation.history.Answer;
import io.millrace.simulation.history.Event;
import io.millrace.simulation.history.EventSink;
import io.millrace.simulation.history.HistoryLines;
import io.millrace.simulation.history.Recorder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/** The history of one round, in memory. */
final class Chronicle implements EventSink {
    private static final Clock CLOCK =
            new Clock() {
                @Override
                public long wallMs() {
                    return System.currentTimeMillis();
                }

                @Override
                public long nanos() {
                    return System.nanoTime();
                }
            };

    private final LongAdder acknowledged = new LongAdder();
    private final Queue<Event> events = new ConcurrentLinkedQueue<>();
    private final Recorder recorder = new Recorder(this, CLOCK);

    @Override
    public void add(Event event) {
        events.add(event);
        if (event.body() instanceof Answer.Sent) {
            acknowledged.increment();
        }
    }

    /** Records that were acknowledged so far. */
    long acknowledged() {
        return acknowledged.sum();
    }

    Recorder recorder() {
        return recorder;
    }

    List<Event> events() {
        return List.copyOf(events);
    }

    void writeTo(Path file) {
        try (var out = Files.newBufferedWriter(file)) {
            HistoryLines.write(events, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
