package io.millrace.broker.share;

import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * The acknowledgements of one request, by partition, with the outcome for each. Used by one thread
 * at a time.
 */
final class ShareAcknowledgements {
    private final ShareSession session;
    private final SharePartitions partitions;
    private final Map<ShareSession.Target, List<Acknowledgement>> valid = new LinkedHashMap<>();
    private final Map<ShareSession.Target, Outcome> outcomes = new LinkedHashMap<>();

    /** How the acknowledgements of one partition went. */
    record Outcome(ErrorCode error, String message) {}

    ShareAcknowledgements(ShareSession session, SharePartitions partitions) {
        this.session = session;
        this.partitions = partitions;
    }

    boolean isEmpty() {
        return valid.isEmpty() && outcomes.isEmpty();
    }

    /**
     * Adds one batch of the request.
     *
     * @param renewals whether the request may renew locks
     */
    void add(
            ShareSession.Target target,
            long firstOffset,
            long lastOffset,
            List<Byte> types,
            boolean renewals) {
        if (outcomes.containsKey(target)) {
            return;
        }
        List<Acknowledgement> all = valid.computeIfAbsent(target, same -> new ArrayList<>());
        try {
            Acknowledgement.add(all, firstOffset, lastOffset, types, renewals);
        } catch (Acknowledgement.InvalidAcknowledgementException e) {
            valid.remove(target);
            outcomes.put(
                    target, new Outcome(ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage())));
        }
    }

    /** Applies all; completes when each is recorded or refused, on any thread. */
    CompletableFuture<Map<ShareSession.Target, Outcome>> apply() {
        Map<ShareSession.Target, CompletableFuture<ErrorCode>> running = new LinkedHashMap<>();
        valid.forEach((target, all) -> running.put(target, acknowledge(target, all)));
        return CompletableFuture.allOf(running.values().toArray(new CompletableFuture<?>[0]))
                .thenApply(
                        done -> {
                            running.forEach(
                                    (target, error) -> {
                                        ErrorCode code = error.join();
                                        outcomes.put(target, new Outcome(code, code.message()));
                                    });
                            return outcomes;
                        });
    }

    private CompletableFuture<ErrorCode> acknowledge(
            ShareSession.Target target, List<Acknowledgement> all) {
        SharePartition partition = partitions.find(session.keyOf(target));
        if (partition == null) {
            return CompletableFuture.completedFuture(partitions.whyMissing(target));
        }
        return partition.acknowledge(session.memberId(), all).exceptionally(SharePartition::codeOf);
    }
}
