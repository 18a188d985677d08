package io.millrace.streams.dsl;

import io.millrace.streams.kstream.JoinWindows;
import io.millrace.streams.kstream.ValueJoinerWithKey;
import io.millrace.streams.serialization.Serde;
import org.jspecify.annotations.Nullable;

/**
 * A windowed join of two streams: what both sides have in common.
 *
 * @param clock name of the clock both sides share (rule 22)
 * @param leftStore store of the left records
 * @param unmatchedStore store of records without partner, null for an inner join
 * @param leftAlone whether a left record without partner is a result
 * @param rightAlone whether a right record without partner is a result
 * @param keySerde null for the job's default one
 */
record StreamJoin<K, V1, V2, VR>(
        String clock,
        JoinWindows windows,
        String leftStore,
        String rightStore,
        @Nullable String unmatchedStore,
        boolean leftAlone,
        boolean rightAlone,
        ValueJoinerWithKey<? super K, ? super V1, ? super V2, ? extends VR> joiner,
        @Nullable Serde<K> keySerde,
        @Nullable Serde<V1> leftSerde,
        @Nullable Serde<V2> rightSerde) {}
