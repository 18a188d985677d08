package io.millrace.clients;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The headers of one record, in order; a key may occur more than once. Immutable: {@code with…} and
 * {@code without} return changed copies, so headers can be shared between records and threads.
 */
public final class Headers implements Iterable<Header> {
    /** No headers. Records without headers all share this one. */
    public static final Headers EMPTY = new Headers(List.of());

    private final List<Header> list;

    private Headers(List<Header> list) {
        this.list = list;
    }

    public static Headers of(Header... headers) {
        return of(List.of(headers));
    }

    public static Headers of(List<Header> headers) {
        return headers.isEmpty() ? EMPTY : new Headers(List.copyOf(headers));
    }

    /** These headers and one more at the end. */
    public Headers with(String key, byte @Nullable [] value) {
        List<Header> longer = new ArrayList<>(list.size() + 1);
        longer.addAll(list);
        longer.add(new Header(key, value));
        return new Headers(List.copyOf(longer));
    }

    /** These headers but none with this key. */
    public Headers without(String key) {
        return of(list.stream().filter(header -> !header.key().equals(key)).toList());
    }

    /** The last header with this key. */
    public Optional<Header> last(String key) {
        for (int i = list.size() - 1; i >= 0; i--) {
            if (list.get(i).key().equals(key)) {
                return Optional.of(list.get(i));
            }
        }
        return Optional.empty();
    }

    /** All headers with this key, in order. */
    public List<Header> all(String key) {
        return list.stream().filter(header -> header.key().equals(key)).toList();
    }

    public List<Header> asList() {
        return list;
    }

    public int size() {
        return list.size();
    }

    public boolean isEmpty() {
        return list.isEmpty();
    }

    @Override
    public Iterator<Header> iterator() {
        return list.iterator();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Headers that && list.equals(that.list);
    }

    @Override
    public int hashCode() {
        return list.hashCode();
    }

    @Override
    public String toString() {
        return list.toString();
    }
}
