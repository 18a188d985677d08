package io.millrace.metadata.image;

import java.util.Arrays;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Immutable hash map whose changed copies share almost everything with the original: a tree of
 * 32-way nodes, indexed by five bits of the key's hash per level, each node an array of just the
 * slots in use. Reading is safe from any thread. Changes go through an {@link Editor}, which copies
 * each node at most once however many changes it makes, so a batch costs what it touches.
 */
public final class PersistentMap<K, V> {
    private static final int BITS = 5;
    private static final int MASK = (1 << BITS) - 1;
    private static final int DEEPEST_SHIFT = 30;
    private static final Object NOBODY = new Object();

    private final Node root;
    private final int size;

    private PersistentMap(Node root, int size) {
        this.root = root;
        this.size = size;
    }

    public static <K, V> PersistentMap<K, V> empty() {
        return new PersistentMap<>(new Node(NOBODY, 0, new Object[0]), 0);
    }

    public int size() {
        return size;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    public boolean containsKey(K key) {
        return get(key) != null;
    }

    @SuppressWarnings("unchecked") // values enter only through Editor.put
    public @Nullable V get(K key) {
        int hash = spread(key);
        Node node = root;
        for (int shift = 0; ; shift += BITS) {
            int position = node.find(hash, shift, key);
            if (position < 0) {
                return null;
            }
            Object slot = node.slots[position];
            if (!(slot instanceof Node child)) {
                Entry entry = (Entry) slot;
                return entry.key.equals(key) ? (V) entry.value : null;
            }
            node = child;
        }
    }

    /** Calls with every entry, in an order that depends only on the content's hashes. */
    @SuppressWarnings("unchecked")
    public void forEach(BiConsumer<? super K, ? super V> action) {
        root.forEach(entry -> action.accept((K) entry.key, (V) entry.value));
    }

    /** A one-time editor that starts from this map; the map itself never changes. */
    public Editor<K, V> edit() {
        return new Editor<>(this);
    }

    private static int spread(Object key) {
        int hash = key.hashCode();
        return hash ^ hash >>> 16;
    }

    /** Makes one changed copy. Owned by one thread; unusable after {@link #finish}. */
    public static final class Editor<K, V> {
        private final Object owner = new Object();
        private final PersistentMap<K, V> before;
        private Node root;
        private int size;
        private boolean changed;

        private Editor(PersistentMap<K, V> before) {
            this.before = before;
            this.root = before.root;
            this.size = before.size;
        }

        public @Nullable V get(K key) {
            return new PersistentMap<K, V>(root, size).get(key);
        }

        public void put(K key, V value) {
            Node.Change change = new Node.Change();
            root = root.put(owner, 0, new Entry(spread(key), key, value), change);
            size += change.sizeBy;
            changed = true;
        }

        public void remove(K key) {
            Node.Change change = new Node.Change();
            root = root.remove(owner, 0, spread(key), key, change);
            size += change.sizeBy;
            changed |= change.sizeBy != 0;
        }

        /** The changed map; the very original if nothing changed. */
        public PersistentMap<K, V> finish() {
            return changed ? new PersistentMap<>(root, size) : before;
        }
    }

    private record Entry(int hash, Object key, Object value) {}

    /**
     * One tree node. {@code bitmap} says which of 32 slots are in use; a node at the deepest level
     * is a plain list of entries whose hashes are all equal.
     */
    private static final class Node {
        private final Object owner;
        private int bitmap;
        private Object[] slots;

        Node(Object owner, int bitmap, Object[] slots) {
            this.owner = owner;
            this.bitmap = bitmap;
            this.slots = slots;
        }

        int find(int hash, int shift, Object key) {
            if (shift > DEEPEST_SHIFT) {
                for (int i = 0; i < slots.length; i++) {
                    if (((Entry) slots[i]).key.equals(key)) {
                        return i;
                    }
                }
                return -1;
            }
            int bit = 1 << (hash >>> shift & MASK);
            return (bitmap & bit) == 0 ? -1 : Integer.bitCount(bitmap & bit - 1);
        }

        Node put(Object editor, int shift, Entry added, Change change) {
            int position = find(added.hash, shift, added.key);
            Node target = ownedBy(editor);
            if (position < 0) {
                target.insert(shift, added);
                change.sizeBy = 1;
                return target;
            }
            Object slot = target.slots[position];
            if (slot instanceof Node child) {
                target.slots[position] = child.put(editor, shift + BITS, added, change);
            } else if (((Entry) slot).key.equals(added.key)) {
                target.slots[position] = added;
            } else {
                Node split = new Node(editor, 0, new Object[0]);
                split.insert(shift + BITS, (Entry) slot);
                target.slots[position] = split.put(editor, shift + BITS, added, change);
            }
            return target;
        }

        Node remove(Object editor, int shift, int hash, Object key, Change change) {
            int position = find(hash, shift, key);
            if (position < 0) {
                return this;
            }
            Object slot = slots[position];
            if (slot instanceof Node child) {
                Node smaller = child.remove(editor, shift + BITS, hash, key, change);
                if (change.sizeBy == 0) {
                    return this;
                }
                Node target = ownedBy(editor);
                if (smaller.slots.length == 0) {
                    target.cut(position, hash, shift);
                } else {
                    boolean lone = smaller.slots.length == 1 && smaller.slots[0] instanceof Entry;
                    target.slots[position] = lone ? smaller.slots[0] : smaller;
                }
                return target;
            }
            if (!((Entry) slot).key.equals(key)) {
                return this;
            }
            change.sizeBy = -1;
            Node target = ownedBy(editor);
            target.cut(position, hash, shift);
            return target;
        }

        void forEach(java.util.function.Consumer<Entry> action) {
            for (Object slot : slots) {
                if (slot instanceof Node child) {
                    child.forEach(action);
                } else {
                    action.accept((Entry) slot);
                }
            }
        }

        private Node ownedBy(Object editor) {
            return owner == editor ? this : new Node(editor, bitmap, slots.clone());
        }

        private void insert(int shift, Entry added) {
            int position = slots.length;
            if (shift <= DEEPEST_SHIFT) {
                int bit = 1 << (added.hash >>> shift & MASK);
                position = Integer.bitCount(bitmap & bit - 1);
                bitmap |= bit;
            }
            Object[] wider = new Object[slots.length + 1];
            System.arraycopy(slots, 0, wider, 0, position);
            wider[position] = added;
            System.arraycopy(slots, position, wider, position + 1, slots.length - position);
            slots = wider;
        }

        private void cut(int position, int hash, int shift) {
            if (shift <= DEEPEST_SHIFT) {
                bitmap &= ~(1 << (hash >>> shift & MASK));
            }
            Object[] narrower = Arrays.copyOf(slots, slots.length - 1);
            System.arraycopy(slots, position + 1, narrower, position, narrower.length - position);
            slots = narrower;
        }

        /** What a change did to the number of entries. */
        private static final class Change {
            private int sizeBy;
        }
    }
}
