package io.millrace.simulation.world.net;

import io.millrace.base.time.RandomSource;
import io.millrace.simulation.world.time.SimulatedLoop;
import io.millrace.simulation.world.time.Timeline;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * The network between machines: connections that keep the order of their bytes, with delays of
 * their own, so that connections overtake each other. A cut link holds bytes back until it is
 * mended or somebody gives up, as TCP does; a lost segment that is never repeated is a reset.
 */
public final class SimulatedNetwork {
    private static final long MILLI = 1_000_000;

    private final Timeline timeline;
    private final RandomSource random;
    private final TreeMap<String, Host> hosts = new TreeMap<>();
    private final List<Line> lines = new ArrayList<>();
    private boolean[][] cut = new boolean[0][0];
    private long minDelayNanos = MILLI / 10;
    private long maxDelayNanos = 2 * MILLI;
    private int ghostsPerThousand;
    private long ghosts;
    private int nextLine;

    public SimulatedNetwork(Timeline timeline, RandomSource random) {
        this.timeline = timeline;
        this.random = random;
    }

    /** The machine of this name, made when first asked for. */
    public Host host(String name) {
        return hosts.computeIfAbsent(
                name,
                key -> {
                    int size = hosts.size() + 1;
                    boolean[][] wider = new boolean[size][size];
                    for (int i = 0; i < cut.length; i++) {
                        System.arraycopy(cut[i], 0, wider[i], 0, cut.length);
                    }
                    cut = wider;
                    return new Host(key, size - 1);
                });
    }

    /** How long messages travel from now on. */
    public void delays(long minNanos, long maxNanos) {
        minDelayNanos = minNanos;
        maxDelayNanos = Math.max(minNanos, maxNanos);
    }

    /** How many of a thousand repeatable requests arrive a second time, late. */
    public void ghosts(int perThousand) {
        ghostsPerThousand = perThousand;
    }

    /** Requests that arrived twice so far. */
    public long ghostsSent() {
        return ghosts;
    }

    /** Nothing goes from one machine to the other any more; the way back is another matter. */
    public void cut(Host from, Host to) {
        cut[from.number()][to.number()] = true;
    }

    public void mend(Host from, Host to) {
        cut[from.number()][to.number()] = false;
        flushAll();
    }

    public void mendAll() {
        for (boolean[] row : cut) {
            java.util.Arrays.fill(row, false);
        }
        flushAll();
    }

    private void flushAll() {
        for (Line line : List.copyOf(lines)) {
            line.flush();
        }
    }

    /** A process begins to listen. */
    public void serve(Host host, Host.Service service) {
        host.powered(true);
        host.service(service);
    }

    /** The process is gone; its machine says so to everybody connected. */
    public void processGone(Host host) {
        host.service(null);
        for (Line line : linesOf(host)) {
            line.processGone(host);
        }
    }

    /** The machine is gone: nobody is told anything until it is back. */
    public void powerLost(Host host) {
        host.service(null);
        host.powered(false);
        for (Line line : linesOf(host)) {
            line.forgottenBy(host);
        }
    }

    /** The machine is back and knows nothing of its old connections. */
    public void powerBack(Host host) {
        host.powered(true);
        for (Line line : linesOf(host)) {
            line.processGone(host);
        }
    }

    /** Breaks one connection; false if there is none. */
    public boolean resetOne() {
        if (lines.isEmpty()) {
            return false;
        }
        lines.get(random.nextInt(lines.size())).reset();
        return true;
    }

    public int openLines() {
        return lines.size();
    }

    /** A connection to whoever listens on the machine when the first message arrives. */
    public ClientLine connect(Host from, SimulatedLoop loop, Host to, ClientLine.Terms terms) {
        Line line = new Line(this, nextLine++, from, loop, to);
        ClientLine client = new ClientLine(line, loop, terms);
        lines.add(line);
        line.begin(client);
        return client;
    }

    private List<Line> linesOf(Host host) {
        return lines.stream().filter(line -> line.touches(host)).toList();
    }

    void ended(Line line) {
        lines.remove(line);
    }

    boolean isCut(Host from, Host to) {
        return cut[from.number()][to.number()];
    }

    long drawDelay() {
        long span = (maxDelayNanos - minDelayNanos) / 1_000;
        // Mostly quick, sometimes the whole span: what makes connections overtake each other.
        long part = span <= 0 ? 0 : random.nextInt((int) Math.min(span, Integer.MAX_VALUE - 1) + 1);
        return minDelayNanos + (random.nextInt(8) == 0 ? part : part / 8) * 1_000;
    }

    boolean drawGhost() {
        if (ghostsPerThousand == 0 || random.nextInt(1_000) >= ghostsPerThousand) {
            return false;
        }
        ghosts++;
        return true;
    }

    /** When a late copy arrives. */
    long drawLateness() {
        return MILLI * (1 + random.nextInt(random.nextInt(4) == 0 ? 20_000 : 500));
    }

    Timeline timeline() {
        return timeline;
    }
}
