package io.millrace.simulation.world;

import io.millrace.base.loop.EventLoopGroup;
import io.millrace.base.time.RandomSource;
import io.millrace.broker.BrokerConfig;
import io.millrace.broker.BrokerCore;
import io.millrace.broker.BrokerLoops;
import io.millrace.broker.log.LogDirectory;
import io.millrace.broker.log.OpenFileTable;
import io.millrace.broker.metrics.RequestMetrics;
import io.millrace.broker.network.ClientSoftware;
import io.millrace.broker.peer.PeerConnections;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.Endpoint;
import io.millrace.simulation.world.disk.SimulatedDisk;
import io.millrace.simulation.world.net.ClientLine;
import io.millrace.simulation.world.net.Host;
import io.millrace.simulation.world.net.SimulatedDialer;
import io.millrace.simulation.world.time.SimulatedLoop;
import io.millrace.simulation.world.time.SimulatedProcess;
import io.millrace.zk.log.DuplicateBrokerException;
import io.millrace.zk.session.SimulatedZnodes;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One machine of the cluster: its disk stays, broker processes on it come and go. At most one runs
 * at a time.
 */
final class Machine {
    private static final int PEER_TIMEOUT_MS = 5_000;

    /** Until a supervisor starts a process that ended by itself. */
    private static final int SUPERVISOR_MS = 3_000;

    private final World world;
    private final int id;
    private final Host host;
    private final SimulatedDisk disk;
    private final RandomSource random;
    private final Map<String, String> properties;
    private int lives;
    private @Nullable Life life;
    private boolean cutFromEnsemble;

    /** One run of the broker's process. */
    private static final class Life {
        private final SimulatedProcess process;
        private @Nullable BrokerCore core;
        private @Nullable SimulatedZnodes znodes;
        private boolean serving;
        private boolean stopping;
        private long firstLook = -1;

        Life(SimulatedProcess process) {
            this.process = process;
        }
    }

    Machine(World world, int id, Map<String, String> properties, RandomSource random) {
        this.world = world;
        this.id = id;
        this.host = world.network().host(hostName(id));
        this.random = random;
        this.disk =
                new SimulatedDisk(
                        "/" + hostName(id),
                        world.timeline(),
                        RandomSource.seeded(random.nextLong()));
        this.properties = Map.copyOf(properties);
    }

    static String hostName(int id) {
        return "broker-" + id;
    }

    int id() {
        return id;
    }

    Host host() {
        return host;
    }

    SimulatedDisk disk() {
        return disk;
    }

    boolean isUp() {
        return life != null;
    }

    boolean isPaused() {
        Life now = life;
        return now != null && now.process.isPaused();
    }

    /** Whether the broker has joined the cluster and answers clients. */
    boolean isServing() {
        Life now = life;
        return now != null && now.serving && now.process.isRunning();
    }

    /** Name of the present process; another one after each start. */
    String lifeName() {
        Life now = life;
        return now == null ? host.name() : now.process.name();
    }

    /** How often this life has been looked at, this time included. */
    long looksSinceStart(long look) {
        Life now = life;
        if (now == null) {
            return 0;
        }
        if (now.firstLook < 0) {
            now.firstLook = look;
        }
        return look - now.firstLook + 1;
    }

    /** Whether a stop in order is under way. */
    boolean isStopping() {
        Life now = life;
        return now != null && now.stopping;
    }

    /** The running broker, if it got so far. */
    @Nullable BrokerCore core() {
        Life now = life;
        return now == null ? null : now.core;
    }

    /** Starts a process; what it does comes later. */
    void start() {
        if (life != null) {
            return;
        }
        SimulatedProcess process =
                new SimulatedProcess(
                        world.timeline(),
                        hostName(id) + "." + ++lives,
                        World.WALL_ORIGIN_MS,
                        this::eventFailed);
        Life mine = new Life(process);
        life = mine;
        process.loop("main").post(() -> boot(mine));
    }

    private void boot(Life mine) {
        SimulatedProcess process = mine.process;
        SimulatedLoop network = process.loop("net-0");
        SimulatedLoop network1 = process.loop("net-1");
        try {
            BrokerConfig config = BrokerConfig.of("simulation", properties);
            LogDirectory logs =
                    LogDirectory.open(
                            disk,
                            new OpenFileTable(config.storage().maxOpenFiles()),
                            process.clock(),
                            process.loop("flush"));
            PeerConnections peers =
                    PeerConnections.over(
                            process.loop("peers"),
                            () -> imageOf(mine),
                            Optional.empty(),
                            new SimulatedDialer(
                                    world.network(),
                                    host,
                                    network,
                                    new ClientLine.Terms(
                                            process.name(),
                                            new ClientSoftware(ClientSoftware.BROKER, "1"),
                                            PEER_TIMEOUT_MS)));
            BrokerCore core =
                    new BrokerCore(
                            config,
                            new BrokerCore.Place(
                                    loops(process),
                                    RandomSource.seeded(random.nextLong()),
                                    disk,
                                    List.of(logs),
                                    peers,
                                    RequestMetrics.none(),
                                    cause -> broke(mine, cause),
                                    world.config().rules()));
            peers.listen(core::refused);
            mine.core = core;
            world.network()
                    .serve(host, new Host.Service(core.requests(), List.of(network, network1)));
            core.start(
                            new BrokerCore.Joining(
                                    List.of(new Endpoint("PLAINTEXT", hostName(id), 9092, 0)),
                                    loop -> connect(mine, (SimulatedLoop) loop)))
                    .whenComplete((done, failure) -> started(mine, core, peers, failure));
        } catch (IOException e) {
            broke(mine, e);
        }
    }

    private static BrokerLoops loops(SimulatedProcess process) {
        return new BrokerLoops(
                process.loop("metadata"),
                process.loop("group-work"),
                EventLoopGroup.of(
                        List.of(process.loop("partition-0"), process.loop("partition-1"))),
                EventLoopGroup.of(List.of(process.loop("disk-0"), process.loop("disk-1"))),
                EventLoopGroup.of(List.of(process.loop("cleaner"))),
                EventLoopGroup.of(List.of(process.loop("fetcher"))));
    }

    private SimulatedZnodes connect(Life mine, SimulatedLoop loop) {
        SimulatedZnodes znodes = world.ensemble().connect(loop);
        if (cutFromEnsemble || world.ensembleIsDown()) {
            znodes.cutOff();
        }
        mine.znodes = znodes;
        return znodes;
    }

    private static MetadataImage imageOf(Life mine) {
        BrokerCore core = mine.core;
        return core == null ? MetadataImage.EMPTY : core.newest();
    }

    private void started(
            Life mine, BrokerCore core, PeerConnections peers, @Nullable Throwable failure) {
        if (failure != null) {
            broke(mine, failure);
            return;
        }
        mine.serving = true;
        core.onImage((before, after) -> peers.watch(id, after));
        peers.watch(id, core.image());
    }

    /** The broker says that it cannot go on: its process ends, as in production. */
    private void broke(Life mine, Throwable cause) {
        if (life == mine) {
            world.brokerBroke(this, cause);
            endByItself(mine);
        }
    }

    private void eventFailed(SimulatedLoop loop, Throwable cause) {
        Life mine = life;
        if (mine != null) {
            world.brokerBroke(this, new IllegalStateException(loop + " stopped", cause));
            endByItself(mine);
        }
    }

    /** The process ends, and whoever looks after it starts it again. */
    private void endByItself(Life mine) {
        world.later(() -> end(mine, false));
        world.director().schedule(SUPERVISOR_MS, this::start);
    }

    /** SIGKILL: the page cache stays. */
    void kill() {
        Life mine = life;
        if (mine != null) {
            end(mine, false);
        }
    }

    /** The plug is pulled; gives how many files or names were damaged. */
    int losePower() {
        Life mine = life;
        if (mine != null) {
            end(mine, true);
        } else {
            world.network().powerLost(host);
        }
        return disk.losePower();
    }

    /** The machine runs again; its broker does not yet. */
    void powerBack() {
        world.network().powerBack(host);
    }

    void pause() {
        Life mine = life;
        if (mine != null) {
            mine.process.pause();
            SimulatedZnodes znodes = mine.znodes;
            if (znodes != null) {
                world.silentSince(znodes);
            }
        }
    }

    void resume() {
        Life mine = life;
        if (mine != null) {
            mine.process.resume();
            SimulatedZnodes znodes = mine.znodes;
            if (znodes != null) {
                world.heardOf(znodes);
            }
        }
    }

    void skewWallClock(long ms) {
        Life mine = life;
        if (mine != null) {
            mine.process.skewWallClock(ms);
        }
    }

    void cutFromEnsemble() {
        cutFromEnsemble = true;
        cutSession();
    }

    void backToEnsemble() {
        cutFromEnsemble = false;
        mendSession();
    }

    void cutSession() {
        Life mine = life;
        if (mine != null && mine.znodes != null) {
            mine.znodes.cutOff();
            if (!world.ensembleIsDown()) {
                world.silentSince(mine.znodes);
            }
        }
    }

    void mendSession() {
        Life mine = life;
        if (mine != null
                && mine.znodes != null
                && !cutFromEnsemble
                && !world.ensembleIsDown()
                && !mine.process.isPaused()) {
            mine.znodes.reconnect();
            world.heardOf(mine.znodes);
        }
    }

    /** The ensemble takes the session away from a living broker. */
    void expireSession() {
        Life mine = life;
        if (mine != null && mine.znodes != null) {
            world.ensemble().expire(mine.znodes);
        }
    }

    private void end(Life mine, boolean withPower) {
        if (life != mine) {
            return;
        }
        life = null;
        mine.process.kill();
        if (withPower) {
            world.network().powerLost(host);
        } else {
            world.network().processGone(host);
        }
        SimulatedZnodes znodes = mine.znodes;
        if (znodes != null) {
            znodes.crash();
            world.silentSince(znodes);
        }
    }

    /** SIGTERM: hands everything over, then ends. The future completes when the process is gone. */
    CompletableFuture<Void> stop() {
        Life mine = life;
        BrokerCore core = core();
        if (mine == null || core == null || !mine.serving || mine.stopping) {
            return CompletableFuture.completedFuture(null);
        }
        mine.stopping = true;
        CompletableFuture<Void> gone = new CompletableFuture<>();
        mine.process
                .loop("main")
                .post(
                        () ->
                                core.leave()
                                        .thenCompose(done -> core.closeLogs())
                                        .thenCompose(done -> core.endSession())
                                        .whenComplete(
                                                (done, failure) ->
                                                        world.later(
                                                                () -> {
                                                                    end(mine, false);
                                                                    gone.complete(null);
                                                                })));
        return gone;
    }

    /** A broker whose only directory fails has to end; anything else that ends it is a bug. */
    boolean mayBreak(Throwable cause) {
        for (Throwable at = cause; at != null; at = at.getCause()) {
            // A broker that lost its directory's identity meets its own former session.
            if (at instanceof IOException || at instanceof DuplicateBrokerException) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String toString() {
        return host + (life == null ? " (down)" : isPaused() ? " (paused)" : "");
    }
}
