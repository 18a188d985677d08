package io.millrace.simulation.world;

import io.millrace.base.time.RandomSource;
import io.millrace.zk.session.SimulatedEnsemble.Fate;
import io.millrace.zk.session.SimulatedEnsemble.Faults;

/** How badly the ensemble behaves now: lost connections, followers that lag, slow answers. */
final class EnsembleFaults implements Faults {
    private final RandomSource random;
    private int lossesPerThousand;
    private int maxLagMs;
    private int maxTravelMs = 2;
    private long losses;

    EnsembleFaults(RandomSource random) {
        this.random = random;
    }

    void set(int newLossesPerThousand, int newMaxLagMs, int newMaxTravelMs) {
        lossesPerThousand = newLossesPerThousand;
        maxLagMs = newMaxLagMs;
        maxTravelMs = newMaxTravelMs;
    }

    /** Connections broken so far. */
    long losses() {
        return losses;
    }

    @Override
    public Fate next() {
        if (lossesPerThousand == 0 || random.nextInt(1_000) >= lossesPerThousand) {
            return Fate.ANSWERED;
        }
        losses++;
        return random.nextInt(2) == 0 ? Fate.LOST_BEFORE : Fate.LOST_AFTER;
    }

    @Override
    public int lagMs() {
        return maxLagMs == 0 ? 0 : random.nextInt(maxLagMs + 1);
    }

    @Override
    public int travelMs() {
        return maxTravelMs == 0 ? 0 : random.nextInt(maxTravelMs + 1);
    }
}
