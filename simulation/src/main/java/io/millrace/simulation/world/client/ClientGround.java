package io.millrace.simulation.world.client;

import io.millrace.base.time.RandomSource;
import io.millrace.simulation.history.Recorder;
import io.millrace.simulation.world.net.Host;
import io.millrace.simulation.world.net.SimulatedNetwork;
import io.millrace.simulation.world.time.SimulatedLoop;
import java.util.List;
import java.util.function.IntFunction;

/**
 * What a simulated client stands on.
 *
 * @param name unique in the world; also the name of its machine
 * @param brokers ids of all brokers it may begin with
 * @param truth what no client can know
 */
public record ClientGround(
        String name,
        SimulatedNetwork network,
        SimulatedLoop loop,
        Recorder history,
        RandomSource random,
        List<Integer> brokers,
        IntFunction<Host> brokerHost,
        Truth truth) {
    public ClientGround {
        brokers = List.copyOf(brokers);
    }

    /**
     * Who really leads now. A deposed leader that does not know it yet answers readers with what it
     * has, as the protocol allows; such an answer must not be judged as the present leader's.
     */
    public interface Truth {
        /** Leader by the newest image of any broker; -1 for none. */
        int leader(String topic, int partition);

        /** The partition of the internal topic that a group or transactional id belongs to. */
        int partitionOf(String internalTopic, String key);
    }

    /** Runs after about {@code meanMs}, between half and one and a half of it. */
    void soon(int meanMs, Runnable event) {
        loop.schedule(meanMs / 2 + random.nextInt(Math.max(1, meanMs)), event);
    }
}
