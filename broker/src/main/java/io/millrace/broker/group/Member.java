package io.millrace.broker.group;

import io.millrace.broker.shard.Effects;
import io.millrace.protocol.message.JoinGroupResponse;
import io.millrace.protocol.message.SyncGroupResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One member of a classic group. Owned by its group. */
final class Member {
    static final long NOT_WATCHED = Long.MAX_VALUE;
    private static final byte[] NOTHING = new byte[0];

    private String id;
    private final @Nullable String instanceId;
    private String clientId;
    private String clientHost;
    private int sessionTimeoutMs;
    private int rebalanceTimeoutMs;
    private List<Protocol> protocols;
    private byte[] assignment = NOTHING;

    /** Monotonic time at which the session ends unless something is heard before. */
    private long sessionDeadlineMs;

    /** Has joined for the first time and not yet seen a generation. */
    private boolean isNew;

    /** When the running session timer is due. */
    private long watchedUntilMs = NOT_WATCHED;

    private @Nullable CompletableFuture<JoinGroupResponse> awaitingJoin;
    private @Nullable CompletableFuture<SyncGroupResponse> awaitingSync;

    /**
     * A way of assigning partitions that the member supports, with what its assignor has to say.
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Protocol(String name, byte[] metadata) {}

    /** Who the member is and what it asked for. */
    record Profile(
            String id,
            @Nullable String instanceId,
            String clientId,
            String clientHost,
            int sessionTimeoutMs,
            int rebalanceTimeoutMs,
            List<Protocol> protocols) {}

    Member(Profile profile) {
        this.id = profile.id();
        this.instanceId = profile.instanceId();
        this.clientId = profile.clientId();
        this.clientHost = profile.clientHost();
        this.sessionTimeoutMs = profile.sessionTimeoutMs();
        this.rebalanceTimeoutMs = profile.rebalanceTimeoutMs();
        this.protocols = List.copyOf(profile.protocols());
    }

    /** Takes what a repeated join says; the id changes when a static member comes back. */
    void update(Profile profile) {
        id = profile.id();
        clientId = profile.clientId();
        clientHost = profile.clientHost();
        sessionTimeoutMs = profile.sessionTimeoutMs();
        rebalanceTimeoutMs = profile.rebalanceTimeoutMs();
        protocols = List.copyOf(profile.protocols());
    }

    String id() {
        return id;
    }

    Optional<String> instanceId() {
        return Optional.ofNullable(instanceId);
    }

    boolean isStatic() {
        return instanceId != null;
    }

    String clientId() {
        return clientId;
    }

    String clientHost() {
        return clientHost;
    }

    int sessionTimeoutMs() {
        return sessionTimeoutMs;
    }

    int rebalanceTimeoutMs() {
        return rebalanceTimeoutMs;
    }

    List<Protocol> protocols() {
        return protocols;
    }

    /** The metadata it gave for one protocol; empty if it does not support it. */
    byte[] metadata(@Nullable String protocol) {
        for (Protocol candidate : protocols) {
            if (candidate.name().equals(protocol)) {
                return candidate.metadata();
            }
        }
        return NOTHING;
    }

    boolean supports(String protocol) {
        return protocols.stream().anyMatch(candidate -> candidate.name().equals(protocol));
    }

    /** Whether a repeated join asks for the same as before. */
    boolean sameProtocols(List<Protocol> others) {
        if (others.size() != protocols.size()) {
            return false;
        }
        for (int i = 0; i < others.size(); i++) {
            if (!others.get(i).name().equals(protocols.get(i).name())
                    || !Arrays.equals(others.get(i).metadata(), protocols.get(i).metadata())) {
                return false;
            }
        }
        return true;
    }

    byte[] assignment() {
        return assignment;
    }

    void assignment(byte[] bytes) {
        assignment = bytes;
    }

    long sessionDeadlineMs() {
        return sessionDeadlineMs;
    }

    void sessionDeadlineMs(long deadlineMs) {
        sessionDeadlineMs = deadlineMs;
    }

    boolean isNew() {
        return isNew;
    }

    void isNew(boolean value) {
        isNew = value;
    }

    long watchedUntilMs() {
        return watchedUntilMs;
    }

    void watchedUntilMs(long deadlineMs) {
        watchedUntilMs = deadlineMs;
    }

    boolean isAwaitingJoin() {
        return awaitingJoin != null;
    }

    boolean isAwaitingSync() {
        return awaitingSync != null;
    }

    void awaitJoin(CompletableFuture<JoinGroupResponse> reply) {
        awaitingJoin = reply;
    }

    void awaitSync(CompletableFuture<SyncGroupResponse> reply) {
        awaitingSync = reply;
    }

    /** Answers the waiting join, if there is one. */
    void answerJoin(Effects effects, JoinGroupResponse response) {
        if (awaitingJoin != null) {
            effects.reply(awaitingJoin, response);
            awaitingJoin = null;
        }
    }

    /** Answers the waiting sync, if there is one. */
    void answerSync(Effects effects, SyncGroupResponse response) {
        if (awaitingSync != null) {
            effects.reply(awaitingSync, response);
            awaitingSync = null;
        }
    }
}
