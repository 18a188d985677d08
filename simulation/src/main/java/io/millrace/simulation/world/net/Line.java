package io.millrace.simulation.world.net;

import io.millrace.simulation.world.time.SimulatedLoop;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One connection: two directions, each in order, each held back while its link is cut. Either end
 * may be gone without the other knowing.
 */
final class Line {
    private final SimulatedNetwork network;
    private final int number;
    private final Host clientHost;
    private final SimulatedLoop clientLoop;
    private final Host serverHost;
    private final Direction toServer = new Direction(true);
    private final Direction toClient = new Direction(false);
    private @Nullable ClientLine client;
    private @Nullable ServerLine server;
    private boolean clientGone;
    private boolean serverGone;

    Line(
            SimulatedNetwork network,
            int number,
            Host clientHost,
            SimulatedLoop clientLoop,
            Host serverHost) {
        this.network = network;
        this.number = number;
        this.clientHost = clientHost;
        this.clientLoop = clientLoop;
        this.serverHost = serverHost;
    }

    Host serverHost() {
        return serverHost;
    }

    Host clientHost() {
        return clientHost;
    }

    int number() {
        return number;
    }

    boolean touches(Host host) {
        return host == clientHost || host == serverHost;
    }

    /** The client calls; whether anybody answers shows when the call arrives. */
    void begin(ClientLine caller) {
        client = caller;
        toServer.send(this::accept);
    }

    private void accept() {
        Host.Service service = serverHost.service();
        if (service == null) {
            // A machine that is off says nothing; one without the process refuses.
            if (serverHost.powered()) {
                serverGone = true;
                toClient.send(() -> clientHears(true));
            }
            return;
        }
        SimulatedLoop loop = service.loops().get(number % service.loops().size());
        server = new ServerLine(this, loop, service.sink());
        toClient.send(
                () -> {
                    if (client != null && !clientGone) {
                        client.onConnected();
                    }
                });
    }

    void sendRequest(ByteBuf frame, boolean repeatable) {
        network.timeline().mix(frame.readableBytes());
        if (repeatable && network.drawGhost()) {
            sendGhost(frame.copy());
        }
        toServer.send(
                () -> {
                    ServerLine at = server;
                    if (at != null && !serverGone) {
                        at.onFrame(frame);
                    }
                });
    }

    /** A copy that was on another way when this connection was thought to be broken. */
    private void sendGhost(ByteBuf copy) {
        clientLoop.scheduleNanos(
                network.drawLateness(),
                () -> {
                    Host.Service service = serverHost.service();
                    if (service == null || network.isCut(clientHost, serverHost)) {
                        return;
                    }
                    SimulatedLoop loop = service.loops().get(number % service.loops().size());
                    loop.post(() -> new ServerLine(null, loop, service.sink()).onFrame(copy));
                });
    }

    void sendResponse(ByteBuf frame) {
        network.timeline().mix(frame.readableBytes());
        toClient.send(
                () -> {
                    if (client != null && !clientGone) {
                        client.onFrame(frame);
                    }
                });
    }

    /** The client gives up; what it sent before still arrives. */
    void closedByClient() {
        clientGone = true;
        toServer.send(this::serverHears);
        endIfOver();
    }

    void closedByServer() {
        serverGone = true;
        toClient.send(() -> clientHears(false));
        endIfOver();
    }

    private void serverHears() {
        ServerLine at = server;
        if (!serverGone) {
            serverGone = true;
            if (at != null) {
                at.onGone();
            }
        }
        endIfOver();
    }

    private void clientHears(boolean refused) {
        if (!clientGone) {
            clientGone = true;
            if (client != null) {
                client.onBroken(refused);
            }
        }
        endIfOver();
    }

    /** Breaks in the middle; each end hears of it in its own time. */
    void reset() {
        toServer.send(this::serverHears);
        toClient.send(() -> clientHears(false));
    }

    /** The process of one end is gone, and its machine tells the other end. */
    void processGone(Host host) {
        if (host == clientHost) {
            clientGone = true;
            toServer.send(this::serverHears);
        }
        if (host == serverHost) {
            serverGone = true;
            toClient.send(() -> clientHears(false));
        }
        endIfOver();
    }

    /** The machine of one end is gone without a word. */
    void forgottenBy(Host host) {
        clientGone |= host == clientHost;
        serverGone |= host == serverHost;
        endIfOver();
    }

    private void endIfOver() {
        if (clientGone && serverGone) {
            network.ended(this);
        }
    }

    void flush() {
        toServer.flush();
        toClient.flush();
    }

    /** One way of the connection. */
    private final class Direction {
        private final boolean outbound;
        private final ArrayDeque<Runnable> held = new ArrayDeque<>(0);
        private long lastArrival;

        Direction(boolean outbound) {
            this.outbound = outbound;
        }

        void send(Runnable arrival) {
            if (isCut() || !held.isEmpty()) {
                held.add(arrival);
                return;
            }
            travel(arrival);
        }

        private boolean isCut() {
            return outbound
                    ? network.isCut(clientHost, serverHost)
                    : network.isCut(serverHost, clientHost);
        }

        private void travel(Runnable arrival) {
            long now = network.timeline().nanos();
            lastArrival = Math.max(lastArrival, now + network.drawDelay());
            SimulatedLoop loop = receiver();
            if (loop != null) {
                loop.scheduleNanos(lastArrival - now, arrival);
            }
        }

        /** Null when nobody is there who could hear it. */
        private @Nullable SimulatedLoop receiver() {
            if (!outbound) {
                return clientLoop;
            }
            ServerLine at = server;
            if (at != null) {
                return at.loop();
            }
            Host.Service service = serverHost.service();
            // Nobody listens: the machine itself answers, or nothing does; run by the caller's
            // loop.
            return service == null ? clientLoop : service.loops().get(0);
        }

        void flush() {
            while (!held.isEmpty() && !isCut()) {
                travel(held.remove());
            }
        }
    }
}
