package io.millrace.simulation.world;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.time.RandomSource;
import io.millrace.broker.BrokerCore;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.simulation.history.EventSink;
import io.millrace.simulation.history.Recorder;
import io.millrace.simulation.world.client.ClientGround;
import io.millrace.simulation.world.net.SimulatedNetwork;
import io.millrace.simulation.world.time.SimulatedLoop;
import io.millrace.simulation.world.time.SimulatedProcess;
import io.millrace.simulation.world.time.Timeline;
import io.millrace.zk.session.SimulatedEnsemble;
import io.millrace.zk.session.SimulatedZnodes;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A cluster in one thread: machines with brokers, the ensemble, the network between them, and time.
 * Everything random in it comes from one seed. Who drives it decides what goes wrong.
 */
public final class World {
    /** 2026-01-01, so that timestamps look like some. */
    static final long WALL_ORIGIN_MS = 1_767_225_600_000L;

    private final RandomSource seeds;
    private final WorldConfig config;
    private final Timeline timeline;
    private final SimulatedNetwork network;
    private final SimulatedLoop director;
    private final SimulatedLoop ensembleLoop;
    private final SimulatedEnsemble ensemble;
    private final EnsembleFaults ensembleFaults;
    private final Recorder history;
    private final TreeMap<Integer, Machine> machines = new TreeMap<>();
    private final Map<SimulatedZnodes, EventLoop.Timer> silent = new IdentityHashMap<>();
    private final List<Violation> violations = new ArrayList<>();
    private boolean ensembleDown;

    public World(WorldConfig config, EventSink sink) {
        this.config = config;
        this.seeds = RandomSource.seeded(config.seed());
        this.timeline = new Timeline(RandomSource.seeded(seeds.nextLong()));
        this.network = new SimulatedNetwork(timeline, RandomSource.seeded(seeds.nextLong()));
        SimulatedProcess itself = process("world");
        this.director = itself.loop("director");
        this.history = new Recorder(sink, itself.clock());
        this.ensembleLoop = process("ensemble").loop("leader");
        this.ensembleFaults = new EnsembleFaults(RandomSource.seeded(seeds.nextLong()));
        this.ensemble = new SimulatedEnsemble(ensembleLoop, ensembleFaults);
        for (int id = 1; id <= config.brokers(); id++) {
            machines.put(
                    id,
                    new Machine(
                            this,
                            id,
                            config.brokerProperties(id),
                            RandomSource.seeded(seeds.nextLong())));
        }
    }

    private SimulatedProcess process(String name) {
        return new SimulatedProcess(
                timeline,
                name,
                WALL_ORIGIN_MS,
                (loop, cause) -> violate("crash of the simulation", loop.name(), cause));
    }

    /** A process that is no broker: a client. */
    SimulatedProcess clientProcess(String name) {
        return process(name);
    }

    /** Randomness for one part of the world; the order of the calls is part of the seed. */
    RandomSource nextRandom() {
        return RandomSource.seeded(seeds.nextLong());
    }

    WorldConfig config() {
        return config;
    }

    Timeline timeline() {
        return timeline;
    }

    SimulatedNetwork network() {
        return network;
    }

    SimulatedEnsemble ensemble() {
        return ensemble;
    }

    EnsembleFaults ensembleFaults() {
        return ensembleFaults;
    }

    Recorder history() {
        return history;
    }

    /** The newest image that any broker shows. */
    MetadataImage newestImage() {
        MetadataImage newest = MetadataImage.EMPTY;
        for (Machine machine : machines.values()) {
            BrokerCore core = machine.core();
            if (core != null && core.newest().offset() > newest.offset()) {
                newest = core.newest();
            }
        }
        return newest;
    }

    ClientGround.Truth truth() {
        return new ClientGround.Truth() {
            @Override
            public int leader(String topic, int partition) {
                PartitionImage found = newestImage().partition(topic, partition);
                return found == null ? -1 : found.leaderId().orElse(-1);
            }

            @Override
            public int partitionOf(String internalTopic, String key) {
                TopicImage topic = newestImage().topic(internalTopic);
                return topic == null
                        ? -1
                        : (key.hashCode() & Integer.MAX_VALUE) % topic.partitions().size();
            }
        };
    }

    /** Where faults and checks happen: between the events of everybody else. */
    SimulatedLoop director() {
        return director;
    }

    List<Machine> machines() {
        return List.copyOf(machines.values());
    }

    Machine machine(int id) {
        Machine found = machines.get(id);
        if (found == null) {
            throw new IllegalArgumentException("no machine " + id);
        }
        return found;
    }

    void later(Runnable event) {
        director.post(event);
    }

    boolean ensembleIsDown() {
        return ensembleDown;
    }

    /** Nobody reaches the ensemble any more; sessions live, as nobody counts their time. */
    void ensembleDown() {
        ensembleDown = true;
        machines.values().forEach(Machine::cutSession);
        List.copyOf(silent.values()).forEach(EventLoop.Timer::cancel);
    }

    /** The ensemble is back and gives every session its whole time again. */
    void ensembleUp() {
        ensembleDown = false;
        List.copyOf(silent.keySet()).forEach(this::silentSince);
        machines.values().forEach(Machine::mendSession);
    }

    /** The session's owner says nothing any more; after its timeout the session is over. */
    void silentSince(SimulatedZnodes znodes) {
        EventLoop.Timer before =
                silent.put(
                        znodes,
                        director.schedule(
                                config.sessionTimeoutMs(),
                                () -> {
                                    silent.remove(znodes);
                                    ensemble.expire(znodes);
                                }));
        if (before != null) {
            before.cancel();
        }
        if (ensembleDown) {
            EventLoop.Timer now = silent.get(znodes);
            if (now != null) {
                now.cancel();
            }
        }
    }

    void heardOf(SimulatedZnodes znodes) {
        EventLoop.Timer timer = silent.remove(znodes);
        if (timer != null) {
            timer.cancel();
        }
    }

    /** A broker ended by itself. With a broken disk it may; otherwise this is a bug. */
    void brokerBroke(Machine machine, Throwable cause) {
        if (!machine.mayBreak(cause)) {
            violate("broker stopped by itself", machine.toString(), cause);
        }
    }

    void violate(String what, String detail, @Nullable Throwable cause) {
        violations.add(new Violation(what, detail, cause, timeline.steps(), timeline.nanos()));
    }

    public List<Violation> violations() {
        return List.copyOf(violations);
    }

    boolean isViolated() {
        return !violations.isEmpty();
    }
}
