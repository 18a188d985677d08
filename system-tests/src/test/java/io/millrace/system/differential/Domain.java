package io.millrace.system.differential;

import io.millrace.protocol.message.ApiKey;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Kinds of values which each broker chooses for itself, so that only their use can be compared. */
enum Domain {
    CLUSTER(Set.of("clusterId")),
    PORT(Set.of("port")),
    TOPIC(Set.of("topicId")),
    MEMBER(Set.of("memberId", "leader")),
    PRODUCER(Set.of("producerId", "ongoingTxnProducerId", "v3AndBelowProducerId")),
    SESSION(Set.of("sessionId")),
    CLIENT_INSTANCE(Set.of("clientInstanceId")),
    SUBSCRIPTION(Set.of("subscriptionId")),
    DIRECTORY(Set.of("logDir", "path")),
    /**
     * Counts of changes to a share group: what one broker does in two steps is one of the other.
     */
    SHARE_EPOCH(Set.of()),
    /** A moment: near to now on one side, it must be so on the other. */
    TIME(
            Set.of(
                    "timestamp",
                    "logAppendTimeMs",
                    "lastTimestamp",
                    "transactionStartTimeMs",
                    "baseTimestamp",
                    "maxTimestamp")),
    /** Free text for people: there or not there. */
    TEXT(
            Set.of(
                    "errorMessage",
                    "batchIndexErrorMessage",
                    "acknowledgeErrorMessage",
                    "documentation",
                    "statusDetail")),
    /** What a device holds: it changes while we look. */
    ROOM(Set.of("totalBytes", "usableBytes"));

    private static final long RECENT_MS = 3_600_000;
    private static final Set<String> EPOCHS =
            Set.of("memberEpoch", "groupEpoch", "assignmentEpoch");
    private static final Map<String, Domain> BY_FIELD = byField();

    private final Set<String> fields;

    Domain(Set<String> fields) {
        this.fields = fields;
    }

    /** The kind of a field's values, or null if both brokers must say the same. */
    static Domain of(String field) {
        return BY_FIELD.get(field);
    }

    /** The same, of a field in messages of this API. */
    static Domain of(ApiKey api, String field) {
        boolean ofShareGroup =
                api == ApiKey.SHARE_GROUP_HEARTBEAT || api == ApiKey.SHARE_GROUP_DESCRIBE;
        return ofShareGroup && EPOCHS.contains(field) ? SHARE_EPOCH : of(field);
    }

    /** Whether values are matched one to one over a sequence, and translated in requests. */
    boolean isMapped() {
        return this != TIME && this != TEXT && this != ROOM;
    }

    /** Values that mean "none" and are the same for everybody. */
    static boolean isNone(Object value) {
        return value == null
                || value.equals("")
                || value.equals(new UUID(0, 0))
                || (value instanceof Number number && number.longValue() <= 0);
    }

    /** Values of kinds that are not mapped: what of them must be the same. */
    Object essence(Object value) {
        if (value == null) {
            return null;
        }
        return switch (this) {
            case TEXT -> "text";
            case ROOM -> ((Number) value).longValue() > 0 ? "some" : value;
            case TIME ->
                    Math.abs(System.currentTimeMillis() - ((Number) value).longValue()) < RECENT_MS
                            ? "now"
                            : value;
            default -> value;
        };
    }

    private static Map<String, Domain> byField() {
        Map<String, Domain> map = new java.util.HashMap<>();
        for (Domain domain : values()) {
            domain.fields.forEach(field -> map.put(field, domain));
        }
        return Map.copyOf(map);
    }
}
