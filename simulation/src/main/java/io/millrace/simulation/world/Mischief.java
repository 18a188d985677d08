package io.millrace.simulation.world;

import io.millrace.base.time.RandomSource;
import io.millrace.simulation.history.Probe;
import io.millrace.simulation.world.disk.SimulatedDisk;
import io.millrace.simulation.world.net.Host;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * Plays the faults of a {@link FaultMix} on a world: begins one, ends it later, until told to heal.
 * Runs on the director's loop, so between the events of everybody else: a process dies at any
 * boundary of two events, which is where its effects lie.
 */
final class Mischief {
    private static final long MILLI = 1_000_000;

    private final World world;
    private final FaultMix mix;
    private final RandomSource random;
    private final List<Host> clientHosts;

    /** Whether all replicas are in sync again: only then the next machine may lose its tail. */
    private final BooleanSupplier settled;

    private final Map<FaultKind, Long> counts = new EnumMap<>(FaultKind.class);
    private final TreeMap<Integer, Runnable> open = new TreeMap<>();
    private int nextFault;
    private boolean active;
    private int round;
    private boolean tailLost;

    Mischief(World world, FaultMix mix, List<Host> clientHosts, BooleanSupplier settled) {
        this.world = world;
        this.mix = mix;
        this.random = world.nextRandom();
        this.clientHosts = List.copyOf(clientHosts);
        this.settled = settled;
    }

    /** Faults begun so far, by kind; those within a period of many count one each. */
    Map<FaultKind, Long> counts() {
        Map<FaultKind, Long> all = new EnumMap<>(FaultKind.class);
        all.putAll(counts);
        if (world.network().ghostsSent() > 0) {
            all.merge(FaultKind.GHOSTS, world.network().ghostsSent(), Long::sum);
        }
        if (world.ensembleFaults().losses() > 0) {
            all.merge(FaultKind.ENSEMBLE_LOSS, world.ensembleFaults().losses(), Long::sum);
        }
        return all;
    }

    void begin() {
        active = true;
        int mine = ++round;
        world.director().post(() -> next(mine));
    }

    /** Ends everything that is wrong; nothing new begins. */
    void heal() {
        active = false;
        List<Runnable> ends = new ArrayList<>(open.values());
        open.clear();
        ends.forEach(Runnable::run);
        world.network().mendAll();
        world.network().delays(MILLI / 10, 2 * MILLI);
        world.network().ghosts(0);
        world.ensembleFaults().set(0, 0, 2);
        world.machines().forEach(Machine::resume);
        world.machines().forEach(Machine::start);
    }

    private void next(int mine) {
        if (!active || mine != round) {
            return;
        }
        inject(mix.kinds().get(random.nextInt(mix.kinds().size())));
        int pauseMs = mix.pauseMs() / 2 + random.nextInt(mix.pauseMs());
        world.director()
                .schedule(random.nextInt(5) == 0 ? pauseMs / 50 : pauseMs, () -> next(mine));
    }

    private void inject(FaultKind kind) {
        List<Machine> machines = world.machines();
        Machine one = machines.get(random.nextInt(machines.size()));
        Machine other = machines.get(random.nextInt(machines.size()));
        switch (kind) {
            case KILL -> down(kind, List.of(one), false);
            case KILL_ALL -> down(kind, machines, false);
            case POWER_LOSS -> powerLoss(one);
            case BLACKOUT -> down(kind, machines, true);
            case RESTART -> restart(one);
            case PAUSE -> lasting(kind, one.toString(), 1_000, 25_000, one::pause, one::resume);
            case CUT_ONE_WAY -> cut(kind, List.of(one.host()), List.of(other.host()), false);
            case CUT_PAIR -> cut(kind, List.of(one.host()), List.of(other.host()), true);
            case ISOLATE ->
                    cut(
                            kind,
                            List.of(one.host()),
                            machines.stream().map(Machine::host).toList(),
                            true);
            case CUT_CLIENTS -> cutClients(one);
            case CUT_ENSEMBLE ->
                    lasting(
                            kind,
                            one.toString(),
                            500,
                            30_000,
                            one::cutFromEnsemble,
                            one::backToEnsemble);
            case ENSEMBLE_DOWN ->
                    lasting(
                            kind,
                            "all",
                            1_000,
                            random.nextInt(5) == 0 ? 300_000 : 20_000,
                            world::ensembleDown,
                            world::ensembleUp);
            case EXPIRE_SESSION -> {
                count(kind, one.toString());
                one.expireSession();
            }
            default -> injectCondition(kind, one);
        }
    }

    private void injectCondition(FaultKind kind, Machine one) {
        switch (kind) {
            case ENSEMBLE_LOSS ->
                    lasting(
                            kind,
                            "",
                            2_000,
                            30_000,
                            () -> world.ensembleFaults().set(20 + random.nextInt(100), 0, 5),
                            () -> world.ensembleFaults().set(0, 0, 2));
            case ENSEMBLE_LAG ->
                    lasting(
                            kind,
                            "",
                            2_000,
                            40_000,
                            () ->
                                    world.ensembleFaults()
                                            .set(
                                                    0,
                                                    1 + random.nextInt(3_000),
                                                    1 + random.nextInt(300)),
                            () -> world.ensembleFaults().set(0, 0, 2));
            case RESETS -> resets(5 + random.nextInt(20));
            case SLOW_NETWORK ->
                    lasting(
                            kind,
                            "",
                            2_000,
                            30_000,
                            () ->
                                    world.network()
                                            .delays(MILLI, MILLI * (10 + random.nextInt(1_500))),
                            () -> world.network().delays(MILLI / 10, 2 * MILLI));
            case GHOSTS ->
                    lasting(
                            kind,
                            "",
                            2_000,
                            40_000,
                            () -> world.network().ghosts(5 + random.nextInt(100)),
                            () -> world.network().ghosts(0));
            case SLOW_DISK -> disk(kind, one, 0, 60_000);
            case DISK_ERROR -> disk(kind, one, 1 + random.nextInt(20), 30_000);
            case DISK_FULL ->
                    lasting(
                            kind,
                            one.toString(),
                            2_000,
                            40_000,
                            () -> one.disk().leaveRoom(random.nextInt(4_096)),
                            () -> one.disk().leaveRoom(Long.MAX_VALUE));
            case BIT_FLIP -> {
                String where = world.machine(mix.victim()).disk().flipBit();
                if (where != null) {
                    count(kind, where);
                }
            }
            case CLOCK_JUMP ->
                    lasting(
                            kind,
                            one.toString(),
                            2_000,
                            60_000,
                            () -> one.skewWallClock(random.nextInt(7_200_000) - 3_600_000),
                            () -> one.skewWallClock(0));
            default -> throw new IllegalStateException("nobody plays " + kind);
        }
    }

    private void powerLoss(Machine machine) {
        if (!world.config().flushOnAck()) {
            if (tailLost && !settled.getAsBoolean()) {
                return;
            }
            tailLost = true;
        }
        down(FaultKind.POWER_LOSS, List.of(machine), true);
    }

    private void down(FaultKind kind, List<Machine> machines, boolean withPower) {
        count(kind, machines.toString());
        for (Machine machine : machines) {
            if (withPower) {
                machine.losePower();
            } else {
                machine.kill();
            }
            endLater(
                    random.nextInt(3) == 0 ? random.nextInt(60_000) : random.nextInt(5_000),
                    () -> {
                        if (withPower) {
                            machine.powerBack();
                        }
                        machine.start();
                    });
        }
    }

    private void restart(Machine machine) {
        count(FaultKind.RESTART, machine.toString());
        machine.stop();
        // A stop that hangs is ended by force, as operators do.
        endLater(
                20_000 + random.nextInt(20_000),
                () -> {
                    if (machine.isStopping()) {
                        machine.kill();
                    }
                    machine.start();
                });
    }

    private void cut(FaultKind kind, List<Host> from, List<Host> to, boolean bothWays) {
        lasting(
                kind,
                from + " to " + to,
                500,
                random.nextInt(4) == 0 ? 90_000 : 20_000,
                () -> eachWay(from, to, bothWays, true),
                () -> eachWay(from, to, bothWays, false));
    }

    private void eachWay(List<Host> from, List<Host> to, boolean bothWays, boolean cut) {
        for (Host one : from) {
            for (Host other : to) {
                if (one == other) {
                    continue;
                }
                way(one, other, cut);
                if (bothWays) {
                    way(other, one, cut);
                }
            }
        }
    }

    private void way(Host from, Host to, boolean cut) {
        if (cut) {
            world.network().cut(from, to);
        } else {
            world.network().mend(from, to);
        }
    }

    private void cutClients(Machine machine) {
        List<Host> broker = List.of(machine.host());
        switch (random.nextInt(3)) {
            case 0 -> cut(FaultKind.CUT_CLIENTS, clientHosts, broker, true);
            case 1 -> cut(FaultKind.CUT_CLIENTS, clientHosts, broker, false);
            default -> cut(FaultKind.CUT_CLIENTS, broker, clientHosts, false);
        }
    }

    private void resets(int left) {
        if (left == 0 || !active) {
            return;
        }
        if (world.network().resetOne()) {
            count(FaultKind.RESETS, "");
        }
        world.director().schedule(random.nextInt(2_000), () -> resets(left - 1));
    }

    private void disk(FaultKind kind, Machine machine, int failOneIn, int maxMs) {
        RandomSource own = RandomSource.seeded(random.nextLong());
        int slowMs = random.nextInt(400);
        SimulatedDisk.Faults faults =
                new SimulatedDisk.Faults() {
                    @Override
                    public boolean fails() {
                        return failOneIn > 0 && own.nextInt(failOneIn) == 0;
                    }

                    @Override
                    public long writeNanos() {
                        return failOneIn > 0 ? 0 : own.nextInt(1 + slowMs / 4) * MILLI;
                    }

                    @Override
                    public long forceNanos() {
                        return failOneIn > 0 ? 0 : own.nextInt(1 + slowMs) * MILLI;
                    }
                };
        lasting(
                kind,
                machine.toString(),
                1_000,
                maxMs,
                () -> machine.disk().faults(faults),
                () -> {
                    machine.disk().faults(SimulatedDisk.Faults.none());
                    if (failOneIn > 0) {
                        // A directory that failed stays offline until the next start.
                        machine.kill();
                        machine.start();
                    }
                });
    }

    private void lasting(
            FaultKind kind, String where, int minMs, int maxMs, Runnable begin, Runnable end) {
        count(kind, where);
        begin.run();
        endLater(minMs + random.nextInt(maxMs - minMs), end);
    }

    private void endLater(int afterMs, Runnable end) {
        int number = nextFault++;
        open.put(number, end);
        world.director()
                .schedule(
                        afterMs,
                        () -> {
                            Runnable due = open.remove(number);
                            if (due != null) {
                                due.run();
                            }
                        });
    }

    private void count(FaultKind kind, String where) {
        counts.merge(kind, 1L, Long::sum);
        world.timeline().mix(kind.ordinal());
        world.history().note("faults", new Probe.Fault(kind.label() + " " + where, true));
    }

    /** The tail that was lost is everywhere again. */
    void noteSettled() {
        tailLost = false;
    }
}
