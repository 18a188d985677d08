package io.millrace.simulation.world.net;

import io.millrace.broker.peer.PeerChannel;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.UnsupportedVersionException;
import io.millrace.simulation.world.time.SimulatedLoop;
import java.net.ConnectException;
import java.util.concurrent.CompletableFuture;

/** How a simulated broker opens connections to others; what goes over them is the real thing. */
public final class SimulatedDialer implements PeerChannel.Dialer {
    private final SimulatedNetwork network;
    private final Host from;
    private final SimulatedLoop loop;
    private final ClientLine.Terms terms;

    /**
     * @param loop owns the connections; futures complete on it
     */
    public SimulatedDialer(
            SimulatedNetwork network, Host from, SimulatedLoop loop, ClientLine.Terms terms) {
        this.network = network;
        this.from = from;
        this.loop = loop;
        this.terms = terms;
    }

    @Override
    public CompletableFuture<PeerChannel> dial(String host, int port) {
        CompletableFuture<PeerChannel> opened = new CompletableFuture<>();
        loop.execute(
                () -> {
                    ClientLine line = network.connect(from, loop, network.host(host), terms);
                    line.ready()
                            .whenComplete(
                                    (done, failure) -> {
                                        if (failure == null) {
                                            opened.complete(new Channel(line, loop));
                                        } else {
                                            opened.completeExceptionally(
                                                    explain(line, host, failure));
                                        }
                                    });
                });
        return opened;
    }

    private static Throwable explain(ClientLine line, String host, Throwable failure) {
        return line.wasRefused()
                ? new ApiException(
                        ErrorCode.NETWORK_EXCEPTION,
                        host + " cannot be reached",
                        new ConnectException("Connection refused: " + host))
                : failure;
    }

    private record Channel(ClientLine line, SimulatedLoop loop) implements PeerChannel {
        @Override
        public <R extends ApiResponse> CompletableFuture<R> send(
                ApiRequest<R> request, int timeoutMs) {
            CompletableFuture<R> answer = new CompletableFuture<>();
            loop.execute(
                    () ->
                            line.send(request, timeoutMs)
                                    .whenComplete(
                                            (response, failure) ->
                                                    settle(answer, response, failure)));
            return answer;
        }

        private static <R> void settle(CompletableFuture<R> answer, R response, Throwable failure) {
            if (failure == null) {
                answer.complete(response);
            } else if (failure instanceof UnsupportedVersionException) {
                answer.completeExceptionally(
                        new ApiException(
                                ErrorCode.UNSUPPORTED_VERSION,
                                String.valueOf(failure.getMessage()),
                                failure));
            } else {
                answer.completeExceptionally(failure);
            }
        }

        @Override
        public int inFlight() {
            return line.inFlight();
        }

        @Override
        public boolean isOpen() {
            return line.isOpen();
        }

        @Override
        public CompletableFuture<Void> closed() {
            return line.gone();
        }

        @Override
        public void close() {
            loop.execute(line::close);
        }
    }
}
