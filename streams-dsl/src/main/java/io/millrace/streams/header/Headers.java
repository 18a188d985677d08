package io.millrace.streams.header;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The headers of one record, in order; a name may occur several times. Owned by the task that
 * processes the record. Costs one small object until the first header is added.
 */
public final class Headers implements Iterable<Header> {
    private @Nullable List<Header> entries;

    /** No headers. */
    public Headers() {}

    /** A copy of the given headers. */
    public Headers(Iterable<Header> from) {
        from.forEach(this::add);
    }

    public Headers add(Header header) {
        List<Header> list = entries;
        if (list == null) {
            list = new ArrayList<>(4);
            entries = list;
        }
        list.add(header);
        return this;
    }

    public Headers add(String key, byte @Nullable [] value) {
        return add(new Header(key, value));
    }

    /** Adds text as UTF-8. */
    public Headers add(String key, String value) {
        return add(new Header(key, value.getBytes(StandardCharsets.UTF_8)));
    }

    /** Removes every header of that name. */
    public Headers remove(String key) {
        if (entries != null) {
            entries.removeIf(header -> header.key().equals(key));
        }
        return this;
    }

    /** The header of that name added last, or null. */
    public @Nullable Header lastHeader(String key) {
        List<Header> list = entries;
        if (list == null) {
            return null;
        }
        for (int i = list.size() - 1; i >= 0; i--) {
            if (list.get(i).key().equals(key)) {
                return list.get(i);
            }
        }
        return null;
    }

    public boolean isEmpty() {
        return entries == null || entries.isEmpty();
    }

    public int size() {
        return entries == null ? 0 : entries.size();
    }

    /** The headers as a list that does not follow later changes. */
    public List<Header> toList() {
        return entries == null ? List.of() : List.copyOf(entries);
    }

    @Override
    public Iterator<Header> iterator() {
        return entries == null ? Collections.emptyIterator() : entries.iterator();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Headers that && toList().equals(that.toList());
    }

    @Override
    public int hashCode() {
        return toList().hashCode();
    }

    @Override
    public String toString() {
        return toList().toString();
    }
}
