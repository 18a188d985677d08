package io.millrace.streams.storage;

import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Open-addressing hash table from key bytes to entries that carry their key. Linear probing, load
 * at most one half, removal by shifting back. Owned by one task's thread.
 */
final class KeyTable<E extends Keyed> {
    private static final int INITIAL_SLOTS = 64;

    private @Nullable Keyed[] slots = new Keyed[INITIAL_SLOTS];
    private int size;
    private int clockHand;

    int size() {
        return size;
    }

    @SuppressWarnings("unchecked") // only insert(E) fills slots
    @Nullable E find(byte[] key, int hash) {
        int mask = slots.length - 1;
        int i = hash & mask;
        Keyed entry;
        while ((entry = slots[i]) != null) {
            if (entry.hasKey(key, hash)) {
                return (E) entry;
            }
            i = i + 1 & mask;
        }
        return null;
    }

    /** Adds an entry whose key is not in the table. */
    void insert(E entry) {
        if (size * 2 >= slots.length) {
            grow();
        }
        place(slots, entry);
        size++;
    }

    void remove(E entry) {
        int mask = slots.length - 1;
        int i = entry.hash & mask;
        while (slots[i] != entry) {
            if (slots[i] == null) {
                return;
            }
            i = i + 1 & mask;
        }
        removeSlot(i);
    }

    @SuppressWarnings("unchecked") // only insert(E) fills slots
    void forEach(Consumer<E> action) {
        for (Keyed entry : slots) {
            if (entry != null) {
                action.accept((E) entry);
            }
        }
    }

    /**
     * Goes on round the table from where the last call ended and removes entries the predicate
     * takes, until {@code enough} says stop or one round is over.
     */
    @SuppressWarnings("unchecked") // only insert(E) fills slots
    void sweep(Predicate<E> removes, java.util.function.BooleanSupplier enough) {
        int steps = slots.length;
        int mask = slots.length - 1;
        while (steps > 0 && !enough.getAsBoolean()) {
            int i = clockHand & mask;
            Keyed entry = slots[i];
            if (entry != null && removes.test((E) entry)) {
                removeSlot(i); // the slot may now hold a shifted entry: look at it again
            } else {
                clockHand = i + 1;
                steps--;
            }
        }
    }

    private void removeSlot(int hole) {
        int mask = slots.length - 1;
        slots[hole] = null;
        size--;
        int i = hole + 1 & mask;
        Keyed entry;
        while ((entry = slots[i]) != null) {
            int home = entry.hash & mask;
            // INVARIANT: between an entry's home slot and its place there is no hole.
            if ((i - home & mask) >= (i - hole & mask)) {
                slots[hole] = entry;
                slots[i] = null;
                hole = i;
            }
            i = i + 1 & mask;
        }
    }

    private void grow() {
        @Nullable Keyed[] larger = new Keyed[slots.length * 2];
        for (Keyed entry : slots) {
            if (entry != null) {
                place(larger, entry);
            }
        }
        slots = larger;
    }

    private static void place(@Nullable Keyed[] into, Keyed entry) {
        int mask = into.length - 1;
        int i = entry.hash & mask;
        while (into[i] != null) {
            i = i + 1 & mask;
        }
        into[i] = entry;
    }
}
