package io.millrace.simulation.world;

import io.millrace.base.time.RandomSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Which faults one seed plays, and how densely. Every seed draws its own: a mix of everything all
 * the time would hide what only shows when something else does not happen.
 *
 * @param kinds each as often as it is in the list
 * @param pauseMs mean time from the beginning of one fault to that of the next
 * @param victim the one machine whose stored records may be damaged
 */
record FaultMix(List<FaultKind> kinds, int pauseMs, int victim) {
    FaultMix {
        kinds = List.copyOf(kinds);
    }

    static FaultMix draw(RandomSource random, WorldConfig config) {
        List<FaultKind> possible = new ArrayList<>(List.of(FaultKind.values()));
        possible.removeAll(impossible(random, config));
        List<FaultKind> drawn = new ArrayList<>();
        while (drawn.isEmpty()) {
            for (FaultKind kind : possible) {
                if (random.nextInt(2) == 0) {
                    int weight = 1 + random.nextInt(4);
                    for (int i = 0; i < weight; i++) {
                        drawn.add(kind);
                    }
                }
            }
        }
        int pauseMs = 4_000 + random.nextInt(random.nextInt(3) == 0 ? 60_000 : 20_000);
        return new FaultMix(drawn, pauseMs, 1 + random.nextInt(config.brokers()));
    }

    /**
     * Without waiting for the disks, an acknowledged record survives min.insync.replicas - 1
     * machines that lose power. A copy with damaged bits that restarts cannot tell damage at its
     * end from a write that was torn, so one is damaged only where the others stay: a world plays
     * either damage or the loss of power and of everybody at once.
     */
    private static Set<FaultKind> impossible(RandomSource random, WorldConfig config) {
        if (config.replication() == 1) {
            return EnumSet.of(FaultKind.BIT_FLIP);
        }
        Set<FaultKind> left =
                random.nextInt(3) == 0
                        ? EnumSet.of(FaultKind.POWER_LOSS, FaultKind.BLACKOUT, FaultKind.KILL_ALL)
                        : EnumSet.of(FaultKind.BIT_FLIP);
        if (!config.flushOnAck()) {
            left.add(FaultKind.BLACKOUT);
        }
        return left;
    }
}
