package io.millrace.protocol.record;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** One header of a record. The value is a slice of the batch it came from, or null. */
public record RecordHeader(String key, @Nullable ByteBuf value) {}
