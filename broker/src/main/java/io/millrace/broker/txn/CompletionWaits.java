package io.millrace.broker.txn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Who waits for a transaction of one shard to be complete. Owned by the shard's loop. */
final class CompletionWaits {
    private final Map<String, List<PatientRequest>> byId = new HashMap<>();

    void add(String transactionalId, PatientRequest request) {
        byId.computeIfAbsent(transactionalId, id -> new ArrayList<>(1)).add(request);
    }

    void remove(String transactionalId, PatientRequest request) {
        List<PatientRequest> waiting = byId.get(transactionalId);
        if (waiting != null && waiting.remove(request) && waiting.isEmpty()) {
            byId.remove(transactionalId);
        }
    }

    /** The transaction is complete: what waits for it is tried again. */
    void fire(String transactionalId) {
        List<PatientRequest> waiting = byId.remove(transactionalId);
        if (waiting != null) {
            waiting.forEach(PatientRequest::attempt);
        }
    }
}
