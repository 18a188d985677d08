package io.millrace.clients.admin;

import java.util.OptionalInt;
import java.util.OptionalLong;

/** Answer to an {@link OffsetSpec}; everything is empty if no record matches. */
public record ListedOffset(
        OptionalLong offset, OptionalLong timestampMs, OptionalInt leaderEpoch) {}
