package io.millrace.system.differential;

import io.millrace.system.RawClient;
import java.util.function.Supplier;

/** One connection to each of the two brokers, opened when first used and after it was closed. */
final class Line implements AutoCloseable {
    private final Supplier<RawClient> dialReference;
    private final Supplier<RawClient> dialSubject;
    private RawClient reference;
    private RawClient subject;

    Line(Contender reference, Contender subject) {
        this.dialReference = () -> new RawClient(reference.port());
        this.dialSubject = () -> new RawClient(subject.port());
    }

    RawClient reference() {
        if (reference == null) {
            reference = dialReference.get();
        }
        return reference;
    }

    RawClient subject() {
        if (subject == null) {
            subject = dialSubject.get();
        }
        return subject;
    }

    /** Hangs up on both; the next use dials again. */
    @Override
    public void close() {
        if (reference != null) {
            reference.close();
            reference = null;
        }
        if (subject != null) {
            subject.close();
            subject = null;
        }
    }
}
