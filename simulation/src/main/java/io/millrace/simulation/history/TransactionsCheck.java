package io.millrace.simulation.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Transactions: what committed readers see, offsets, fencing, producer ids: T1, T2, T4, T6. */
final class TransactionsCheck {
    private final History history;
    private final Transactions transactions;
    private final VersionOrder order;
    private final Findings findings;

    TransactionsCheck(
            History history, Transactions transactions, VersionOrder order, Findings findings) {
        this.history = history;
        this.transactions = transactions;
        this.order = order;
        this.findings = findings;
    }

    void run() {
        for (String partition : order.partitions()) {
            for (Slot slot : order.slots(partition)) {
                committedBeforeRead(slot);
            }
        }
        offsetsWithRecords();
        fencing();
        producerIds();
    }

    private void committedBeforeRead(Slot slot) {
        String transaction = slot.transaction();
        if (transaction == null || slot.send == null || slot.committedReadAt == Long.MAX_VALUE) {
            return;
        }
        long asked = transactions.commitAskedAt(transaction);
        if (asked > slot.committedReadAt) {
            findings.add(
                    Invariant.T1,
                    slot.partition,
                    slot.offset,
                    slot.value,
                    asked == Long.MAX_VALUE
                            ? transaction + " was never committed, yet a committed reader has it"
                            : "a committed reader has it before the commit of " + transaction,
                    slot.send.proof(),
                    slot.firstSeen);
        }
    }

    /** The group's last offset is that of the last transaction whose records are seen. */
    private void offsetsWithRecords() {
        for (Operation<Call.Committed, Answer.Offset> fetched : history.committed()) {
            if (!fetched.isOk() || !fetched.call().last()) {
                continue;
            }
            List<Operation<Call.TransactionOffsets, Answer.Done>> candidates = new ArrayList<>();
            for (Operation<Call.TransactionOffsets, Answer.Done> one :
                    history.transactionOffsets()) {
                if (one.call().group().equals(fetched.call().group())
                        && one.call().offsets().containsKey(fetched.call().partition())) {
                    candidates.add(one);
                }
            }
            compare(fetched, candidates);
        }
    }

    private void compare(
            Operation<Call.Committed, Answer.Offset> fetched,
            List<Operation<Call.TransactionOffsets, Answer.Done>> candidates) {
        String partition = fetched.call().partition();
        long got = fetched.result().offset();
        boolean mayBe = candidates.isEmpty();
        for (Operation<Call.TransactionOffsets, Answer.Done> one : candidates) {
            long offset = one.call().offsets().getOrDefault(partition, -1L);
            String name = one.call().transaction();
            mayBe |= offset == got && transactions.commitAskedAt(name) != Long.MAX_VALUE;
            if (offset > got && transactions.isCommitted(name)) {
                findings.add(
                        Invariant.T2,
                        fetched.call().group(),
                        offset,
                        null,
                        name + " is committed, but its offset for " + partition + " is not: " + got,
                        one.proof(),
                        fetched.proof());
            }
        }
        if (!mayBe && got >= 0) {
            findings.add(
                    Invariant.T2,
                    fetched.call().group(),
                    got,
                    null,
                    "no transaction that may be committed left this offset for " + partition,
                    fetched.proof());
        }
    }

    private void fencing() {
        Map<String, Operation<Call.Init, Answer.Initialised>> initOf = new HashMap<>();
        Map<String, List<Operation<Call.Init, Answer.Initialised>>> byId = new HashMap<>();
        for (Operation<Call.Init, Answer.Initialised> init : history.inits()) {
            if (init.isOk()) {
                initOf.putIfAbsent(init.call().session(), init);
                byId.computeIfAbsent(init.call().transactionalId(), id -> new ArrayList<>())
                        .add(init);
            }
        }
        Map<String, Operation<Call.Init, Answer.Initialised>> fencedBy = new HashMap<>();
        initOf.forEach(
                (session, own) -> {
                    for (Operation<Call.Init, Answer.Initialised> later :
                            byId.getOrDefault(own.call().transactionalId(), List.of())) {
                        Operation<Call.Init, Answer.Initialised> known = fencedBy.get(session);
                        if (!later.call().session().equals(session)
                                && later.begin() > own.end()
                                && (known == null || later.end() < known.end())) {
                            fencedBy.put(session, later);
                        }
                    }
                });
        for (Operation<Call.Send, Answer.Sent> send : history.sends()) {
            fenced(send, send.call().session(), fencedBy, "this send");
        }
        for (Operation<Call.End, Answer.Done> end : history.ends()) {
            fenced(end, end.call().session(), fencedBy, "the end of " + end.call().transaction());
        }
        for (Operation<Call.TransactionOffsets, Answer.Done> one : history.transactionOffsets()) {
            fenced(one, one.call().session(), fencedBy, "offsets");
        }
    }

    private void fenced(
            Operation<?, ?> operation,
            String session,
            Map<String, Operation<Call.Init, Answer.Initialised>> fencedBy,
            String what) {
        Operation<Call.Init, Answer.Initialised> by = fencedBy.get(session);
        if (by == null || operation.begin() < by.end() || !operation.isOk()) {
            return;
        }
        findings.add(
                Invariant.T4,
                by.call().transactionalId(),
                -1,
                null,
                what
                        + " of session "
                        + session
                        + " was accepted after session "
                        + by.call().session()
                        + " had begun",
                by.proof(),
                operation.proof());
    }

    private void producerIds() {
        Map<Long, Operation<Call.Init, Answer.Initialised>> holders = new HashMap<>();
        Set<String> pairs = new HashSet<>();
        for (Operation<Call.Init, Answer.Initialised> init : history.inits()) {
            if (!init.isOk() || init.result().producerId() < 0) {
                continue;
            }
            long id = init.result().producerId();
            Operation<Call.Init, Answer.Initialised> holder = holders.putIfAbsent(id, init);
            boolean repeated = !pairs.add(id + " " + init.result().epoch());
            if (holder != null
                    && (repeated
                            || !holder.call()
                                    .transactionalId()
                                    .equals(init.call().transactionalId()))) {
                findings.add(
                        Invariant.T6,
                        init.call().transactionalId(),
                        -1,
                        null,
                        "producer id "
                                + id
                                + " with epoch "
                                + init.result().epoch()
                                + " was given before",
                        holder.proof(),
                        init.proof());
            }
        }
    }
}
