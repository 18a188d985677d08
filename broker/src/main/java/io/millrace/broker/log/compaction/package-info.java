/**
 * Log compaction: keeps the last value of every key. One round over a log:
 *
 * <pre>
 * {@link DirtySection}      which segments are new enough to matter and old enough to be touched
 * {@link OffsetMapBuilder}  reads them: last offset of every key, as far as memory goes
 * {@link SegmentGroups}     neighbours that fit into one segment become one
 * {@link BatchCleaner}      decides for every batch from the log's start up to there what remains
 * {@link CleanRound}        writes the segments and has the log's owner swap them
 * {@link LogCleaner}        which log is next, throttling, what failed and why
 * </pre>
 *
 * Everything here runs on the cleaner's own loops and reads segments that nobody writes any more;
 * the only thing asked of a log's owner is the swap.
 */
@NullMarked
package io.millrace.broker.log.compaction;

import org.jspecify.annotations.NullMarked;
