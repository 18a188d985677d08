package io.millrace.simulation.world.net;

import io.millrace.broker.peer.PeerRequests;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.simulation.world.time.SimulatedLoop;
import java.util.Comparator;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;

/** The way from one simulated broker to the others: a connection for each broker and lane. */
public final class SimulatedPeers implements PeerRequests {
    private final SimulatedNetwork network;
    private final Host from;
    private final SimulatedLoop loop;
    private final IntFunction<Host> hostOf;
    private final ClientLine.Terms terms;
    private final TreeMap<Way, ClientLine> lines = new TreeMap<>();

    private record Way(int broker, Lane lane) implements Comparable<Way> {
        private static final Comparator<Way> ORDER =
                Comparator.comparingInt(Way::broker)
                        .thenComparing(way -> way.lane.name())
                        .thenComparingInt(way -> way.lane.index());

        @Override
        public int compareTo(Way other) {
            return ORDER.compare(this, other);
        }
    }

    /**
     * @param loop owns the connections; futures complete on it
     * @param hostOf where a broker is
     */
    public SimulatedPeers(
            SimulatedNetwork network,
            Host from,
            SimulatedLoop loop,
            IntFunction<Host> hostOf,
            ClientLine.Terms terms) {
        this.network = network;
        this.from = from;
        this.loop = loop;
        this.hostOf = hostOf;
        this.terms = terms;
    }

    @Override
    public <R extends ApiResponse> CompletableFuture<R> send(
            int brokerId, Lane lane, ApiRequest<R> request) {
        CompletableFuture<R> answer = new CompletableFuture<>();
        loop.execute(() -> sendOn(new Way(brokerId, lane), request, answer));
        return answer;
    }

    private <R extends ApiResponse> void sendOn(
            Way way, ApiRequest<R> request, CompletableFuture<R> answer) {
        ClientLine line = lines.get(way);
        if (line == null || !line.isOpen()) {
            line = network.connect(from, loop, hostOf.apply(way.broker()), terms);
            lines.put(way, line);
        }
        line.send(request)
                .whenComplete(
                        (response, failure) -> {
                            if (failure == null) {
                                answer.complete(response);
                            } else {
                                answer.completeExceptionally(failure);
                            }
                        });
    }
}
