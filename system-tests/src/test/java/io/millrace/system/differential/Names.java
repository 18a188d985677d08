package io.millrace.system.differential;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/**
 * Which value of one broker stands for which of the other, found as they appear. One to one: a
 * value that once stood for another can stand for nothing else.
 */
final class Names {
    private final Map<Domain, Map<Object, Object>> toSubject = new EnumMap<>(Domain.class);
    private final Map<Domain, Map<Object, Object>> toReference = new EnumMap<>(Domain.class);

    /** Whether the two stand for each other; if neither was seen, from now on they do. */
    boolean match(Domain domain, Object reference, Object subject) {
        if (Domain.isNone(reference) || Domain.isNone(subject)) {
            return reference == null ? subject == null : reference.equals(subject);
        }
        Map<Object, Object> there = toSubject.computeIfAbsent(domain, key -> new HashMap<>());
        Map<Object, Object> back = toReference.computeIfAbsent(domain, key -> new HashMap<>());
        if (!there.containsKey(reference) && !back.containsKey(subject)) {
            there.put(reference, subject);
            back.put(subject, reference);
        }
        return subject.equals(there.get(reference));
    }

    /** What to tell the subject where the reference is told {@code reference}. */
    Object forSubject(Domain domain, Object reference) {
        return toSubject.getOrDefault(domain, Map.of()).getOrDefault(reference, reference);
    }

    /** The subject's value in the reference's words, or null if it was not seen yet. */
    Object forReference(Domain domain, Object subject) {
        return toReference.getOrDefault(domain, Map.of()).get(subject);
    }

    boolean knows(Domain domain, Object reference) {
        return toSubject.getOrDefault(domain, Map.of()).containsKey(reference);
    }
}
