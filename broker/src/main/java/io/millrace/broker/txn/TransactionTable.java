package io.millrace.broker.txn;

import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The transactional ids of one shard, and which of them have an open transaction. */
final class TransactionTable {
    private final TreeMap<String, Transaction> byId = new TreeMap<>();

    /** Not idle, oldest first. */
    private final TreeSet<Transaction> open =
            new TreeSet<>(
                    Comparator.comparingLong(Transaction::startMs).thenComparing(Transaction::id));

    @Nullable Transaction find(String id) {
        return byId.get(id);
    }

    void put(Transaction transaction) {
        remove(transaction.id());
        byId.put(transaction.id(), transaction);
        if (!transaction.state().idle()) {
            open.add(transaction);
        }
    }

    void remove(String id) {
        Transaction was = byId.remove(id);
        if (was != null) {
            open.remove(was);
        }
    }

    void clear() {
        byId.clear();
        open.clear();
    }

    int size() {
        return byId.size();
    }

    /** All of them, by id. */
    Collection<Transaction> all() {
        return Collections.unmodifiableCollection(byId.values());
    }

    /** Those not idle, oldest first. */
    Collection<Transaction> open() {
        return Collections.unmodifiableCollection(open);
    }

    OpenTransactions openTransactions() {
        return open.isEmpty()
                ? OpenTransactions.NONE
                : new OpenTransactions(open.size(), open.first().startMs());
    }
}
