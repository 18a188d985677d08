package io.millrace.streams.kstream;

import java.util.Map;

/** A stream on its way into branches: each record goes to the first whose predicate takes it. */
public interface BranchedKStream<K, V> {
    BranchedKStream<K, V> branch(Predicate<? super K, ? super V> predicate);

    BranchedKStream<K, V> branch(
            Predicate<? super K, ? super V> predicate, Branched<K, V> branched);

    /** The rest goes into a last branch. Branches by name. */
    Map<String, KStream<K, V>> defaultBranch();

    Map<String, KStream<K, V>> defaultBranch(Branched<K, V> branched);

    /** The rest is dropped. Branches by name. */
    Map<String, KStream<K, V>> noDefaultBranch();
}
