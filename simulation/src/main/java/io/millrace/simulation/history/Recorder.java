package io.millrace.simulation.history;

import io.millrace.base.time.Clock;
import java.util.concurrent.atomic.AtomicLong;

/** Writes down what processes do. Any thread. */
public final class Recorder {
    private final EventSink sink;
    private final Clock clock;
    private final AtomicLong operations = new AtomicLong();

    public Recorder(EventSink sink, Clock clock) {
        this.sink = sink;
        this.clock = clock;
    }

    /** An operation begins; the number that its end must name. */
    public long invoke(String process, Call call) {
        long operation = operations.getAndIncrement();
        add(process, operation, Phase.INVOKE, call);
        return operation;
    }

    public void ok(String process, long operation, Answer answer) {
        add(process, operation, Phase.OK, answer);
    }

    /** Only where it is certain that it did not and will not happen. */
    public void fail(String process, long operation, String error) {
        add(process, operation, Phase.FAIL, new Failed(error));
    }

    public void info(String process, long operation, String error) {
        add(process, operation, Phase.INFO, new Failed(error));
    }

    public void note(String process, Probe probe) {
        add(process, -1, Phase.NOTE, probe);
    }

    private void add(String process, long operation, Phase phase, Body body) {
        sink.add(new Event(clock.nanos(), process, operation, phase, body));
    }
}
