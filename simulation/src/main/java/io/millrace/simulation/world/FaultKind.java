package io.millrace.simulation.world;

import java.util.Locale;

/** What can go wrong in a world. */
enum FaultKind {
    /** SIGKILL of a broker; its page cache survives. */
    KILL,
    /** A machine loses power, and with it what was not forced to its disk. */
    POWER_LOSS,
    /** Every machine loses power at once; only where acknowledgements wait for the disks. */
    BLACKOUT,
    /** SIGKILL of every broker at once. */
    KILL_ALL,
    /** SIGTERM, and a new start. */
    RESTART,
    /** A broker stands still: garbage collection, SIGSTOP. */
    PAUSE,
    /** Nothing goes from one broker to another; the way back is open. */
    CUT_ONE_WAY,
    /** Two brokers do not reach each other. */
    CUT_PAIR,
    /** A broker reaches no other broker, but clients and the ensemble. */
    ISOLATE,
    /** Clients do not reach a broker, or its answers do not reach them. */
    CUT_CLIENTS,
    /** A broker does not reach the ensemble. */
    CUT_ENSEMBLE,
    /** Nobody reaches the ensemble. */
    ENSEMBLE_DOWN,
    /** The ensemble ends a living broker's session. */
    EXPIRE_SESSION,
    /** Connections to the ensemble break before and after requests take effect. */
    ENSEMBLE_LOSS,
    /** The ensemble's followers lag, its answers are slow. */
    ENSEMBLE_LAG,
    /** Connections are reset, again and again. */
    RESETS,
    /** Messages take long, some much longer than others. */
    SLOW_NETWORK,
    /** Requests arrive a second time, late. */
    GHOSTS,
    /** Writing and forcing take long. */
    SLOW_DISK,
    /** A write or a force fails. */
    DISK_ERROR,
    /** There is no room left. */
    DISK_FULL,
    /** One bit of a stored record is turned around. */
    BIT_FLIP,
    /** A machine's wall clock is wrong. */
    CLOCK_JUMP;

    /** As in reports. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
