package io.millrace.simulation.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A system whose states can be walked through. States are never changed in place.
 *
 * @param <S> one state
 */
public interface Model<S> {

    S initial();

    /**
     * All that may happen next. Their order and number depend on the state alone, and there are at
     * most {@link BreadthFirst#MAX_STEPS}.
     */
    List<Step<S>> steps(S state);

    /** Why the state must never be; null if it may. */
    @Nullable String violation(S state);

    /** A number that two different states have in common only by a rare accident. */
    long fingerprint(S state);
}
