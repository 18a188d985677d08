package io.millrace.streams.kstream;

import java.util.Map;

/** How time is cut into windows. */
public abstract class Windows<W extends Window> {
    /** Windows a timestamp belongs to, by their start. */
    public abstract Map<Long, W> windowsFor(long timestamp);

    /** Length of a window in milliseconds. */
    public abstract long size();

    /** How long a window takes records after its end, in milliseconds of stream time. */
    public abstract long gracePeriodMs();
}
