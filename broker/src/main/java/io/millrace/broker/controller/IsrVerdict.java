package io.millrace.broker.controller;

import io.millrace.metadata.image.PartitionImage;
import io.millrace.protocol.error.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * What became of an {@link IsrChange}.
 *
 * @param error {@code NONE}, or why the in-sync replicas stay as they are; {@code
 *     NEW_LEADER_ELECTED} when the change was made and took leadership from the asker
 * @param state the partition afterwards; null with every error but {@code NEW_LEADER_ELECTED}
 */
public record IsrVerdict(ErrorCode error, @Nullable PartitionImage state) {}
