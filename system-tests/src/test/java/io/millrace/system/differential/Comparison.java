package io.millrace.system.differential;

import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiResponse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Finds what differs between two answers. Elements of lists which have a key (a name, a partition,
 * a member) are compared key by key, whatever their order, except where the order means something.
 */
final class Comparison {
    /** Fields that identify an element of a list, the more telling first. */
    private static final List<String> KEYS =
            List.of(
                    "name",
                    "topic",
                    "topicName",
                    "topicId",
                    "groupId",
                    "transactionalId",
                    "resourceName",
                    "resourceType",
                    "key",
                    "user",
                    "entity",
                    "mechanism",
                    "memberId",
                    "apiKey",
                    "partitionIndex",
                    "partition",
                    "partitionId",
                    "index",
                    "nodeId",
                    "brokerId",
                    "subtopologyId",
                    "producerId",
                    "logDir");

    /** Lists of plain values whose order says nothing. */
    private static final Set<String> UNORDERED = Set.of("subscribedTopicNames");

    /** Lists whose order is part of the answer. */
    private static final Set<String> ORDERED = Set.of("abortedTransactions", "records", "synonyms");

    private final ApiKey api;
    private final short version;
    private final Names names;
    private final Predicate<String> foreign;
    private final List<Difference> found = new ArrayList<>();

    /** The subject's structure that is compared. */
    private Map<?, ?> around = Map.of();

    /**
     * @param foreign whether an element of this key belongs to nobody here: others work on the same
     *     brokers
     */
    Comparison(ApiKey api, short version, Names names, Predicate<String> foreign) {
        this.api = api;
        this.version = version;
        this.names = names;
        this.foreign = foreign;
    }

    List<Difference> compare(ApiResponse reference, ApiResponse subject) {
        compareStruct("", "", Tree.of(reference), Tree.of(subject));
        return found;
    }

    private void compareStruct(String path, String owner, Map<?, ?> reference, Map<?, ?> subject) {
        Map<?, ?> outer = around;
        around = subject;
        for (Map.Entry<?, ?> field : reference.entrySet()) {
            String name = (String) field.getKey();
            compareValue(
                    path.isEmpty() ? name : path + "." + name,
                    name,
                    owner,
                    field.getValue(),
                    subject.get(name));
        }
        around = outer;
    }

    private void compareValue(
            String path, String name, String owner, Object reference, Object subject) {
        if (reference instanceof List<?> left && subject instanceof List<?> right) {
            compareLists(path, name, owner, left, right);
        } else if (reference instanceof Map<?, ?> left && subject instanceof Map<?, ?> right) {
            compareStruct(path, owner, left, right);
        } else if (!isSame(name, reference, subject)) {
            add(path, owner, reference, subject);
        }
    }

    private boolean isSame(String name, Object reference, Object subject) {
        Domain domain = Domain.of(api, name);
        if (domain == null) {
            return reference == null ? subject == null : reference.equals(subject);
        }
        if (domain.isMapped()) {
            return names.match(domain, reference, subject);
        }
        Object left = domain.essence(reference);
        return left == null ? subject == null : left.equals(domain.essence(subject));
    }

    private void compareLists(
            String path, String name, String owner, List<?> reference, List<?> subject) {
        boolean keyed =
                !ORDERED.contains(name)
                        && (!reference.isEmpty() || !subject.isEmpty())
                        && (reference.isEmpty() ? subject : reference).get(0) instanceof Map<?, ?>;
        if (UNORDERED.contains(name)) {
            compareInOrder(path, name, owner, sorted(reference), sorted(subject));
            return;
        }
        if (!keyed) {
            compareInOrder(path, name, owner, reference, subject);
            return;
        }
        List<Keyed> left = keyed(reference, false);
        List<Keyed> right = keyed(subject, true);
        int l = 0;
        int r = 0;
        for (int index = 0; l < left.size() || r < right.size(); index++) {
            int order =
                    l == left.size()
                            ? 1
                            : r == right.size() ? -1 : left.get(l).key.compareTo(right.get(r).key);
            String at = path + "[" + index + "]";
            if (order < 0) {
                add(at, left.get(l++).key, "present", "absent");
            } else if (order > 0) {
                add(at, right.get(r++).key, "absent", "present");
            } else {
                compareStruct(at, left.get(l).key, left.get(l++).fields, right.get(r++).fields);
            }
        }
    }

    private static List<?> sorted(List<?> values) {
        return values.stream().sorted(Comparator.comparing(String::valueOf)).toList();
    }

    private void compareInOrder(
            String path, String name, String owner, List<?> reference, List<?> subject) {
        if (reference.size() != subject.size()) {
            add(
                    path + ".size",
                    owner,
                    reference.size() + ": " + reference,
                    subject.size() + ": " + subject);
            return;
        }
        for (int i = 0; i < reference.size(); i++) {
            compareValue(path + "[" + i + "]", name, owner, reference.get(i), subject.get(i));
        }
    }

    /** One element with its key in the reference's words. */
    private record Keyed(String key, Map<?, ?> fields) {}

    private List<Keyed> keyed(List<?> elements, boolean ofSubject) {
        List<Keyed> keyed = new ArrayList<>();
        for (Object element : elements) {
            Map<?, ?> fields = (Map<?, ?>) element;
            StringBuilder key = new StringBuilder();
            for (String name : KEYS) {
                Object value = fields.get(name);
                if (value != null && !"".equals(value)) {
                    key.append(key.isEmpty() ? "" : "/").append(keyPart(name, value, ofSubject));
                }
            }
            if (!foreign.test(key.toString())) {
                keyed.add(new Keyed(key.toString(), fields));
            }
        }
        keyed.sort(Comparator.comparing(Keyed::key));
        return api == ApiKey.FETCH ? joined(keyed) : keyed;
    }

    /** A fetched topic may be told in parts, as the partitions of a session follow one another. */
    private static List<Keyed> joined(List<Keyed> keyed) {
        List<Keyed> joined = new ArrayList<>();
        for (Keyed part : keyed) {
            Keyed last = joined.isEmpty() ? null : joined.get(joined.size() - 1);
            if (last != null
                    && last.key.equals(part.key)
                    && last.fields.get("partitions") instanceof List<?> first
                    && part.fields.get("partitions") instanceof List<?> second) {
                Map<Object, Object> whole = new LinkedHashMap<>(last.fields);
                whole.put("partitions", Stream.concat(first.stream(), second.stream()).toList());
                joined.set(joined.size() - 1, new Keyed(last.key, whole));
            } else {
                joined.add(part);
            }
        }
        return joined;
    }

    private String keyPart(String name, Object value, boolean ofSubject) {
        Domain domain = Domain.of(name);
        if (domain == null || Domain.isNone(value)) {
            return value instanceof Number number
                    ? String.format("%06d", number.longValue())
                    : value.toString();
        }
        Object known =
                ofSubject
                        ? names.forReference(domain, value)
                        : names.knows(domain, value) ? value : null;
        return known == null ? "?" : known.toString();
    }

    private void add(String path, String owner, Object reference, Object subject) {
        found.add(
                new Difference(
                        api.schemaName(),
                        version,
                        path,
                        owner,
                        String.valueOf(reference),
                        String.valueOf(subject),
                        around));
    }
}
