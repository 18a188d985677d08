package io.millrace.broker.peer;

import io.millrace.base.time.Clock;
import io.millrace.broker.network.ClientSoftware;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.UnsupportedVersionException;
import io.millrace.protocol.net.Connection;
import io.millrace.protocol.net.ConnectionConfig;
import io.millrace.protocol.net.ConnectionFactory;
import io.millrace.protocol.net.Transport;
import io.netty.channel.EventLoopGroup;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** TCP towards other brokers, on threads of its own. */
public final class PeerNetwork implements PeerChannel.Dialer, AutoCloseable {
    private static final int THREADS = 1;
    private static final int CONNECT_TIMEOUT_MS = 5_000;
    private static final int MAX_RESPONSE_BYTES = 1 << 30;
    private static final int BUFFER_BYTES = -1;

    private final EventLoopGroup threads;
    private final ConnectionFactory factory;

    /** Threads wait for work from now on. */
    public PeerNetwork(int brokerId, Clock clock) {
        Transport transport = Transport.best();
        this.threads = transport.newGroup("peers", THREADS);
        this.factory =
                new ConnectionFactory(
                        threads,
                        transport,
                        clock,
                        new ConnectionConfig(
                                "broker-" + brokerId,
                                CONNECT_TIMEOUT_MS,
                                PeerRequests.Lane.REQUESTS.timeoutMs(),
                                MAX_RESPONSE_BYTES,
                                BUFFER_BYTES,
                                BUFFER_BYTES),
                        ClientSoftware.BROKER);
    }

    @Override
    public CompletableFuture<PeerChannel> dial(String host, int port) {
        return factory.connect(host, port).thenApply(Tcp::new);
    }

    @Override
    public void close() {
        threads.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private record Tcp(Connection connection) implements PeerChannel {
        @Override
        public <R extends ApiResponse> CompletableFuture<R> send(
                ApiRequest<R> request, int timeoutMs) {
            try {
                return connection.send(
                        request, connection.versions().best(request.apiKey()), timeoutMs);
            } catch (UnsupportedVersionException e) {
                return CompletableFuture.failedFuture(
                        new ApiException(
                                ErrorCode.UNSUPPORTED_VERSION, String.valueOf(e.getMessage()), e));
            }
        }

        @Override
        public int inFlight() {
            return connection.inFlight();
        }

        @Override
        public boolean isOpen() {
            return connection.isOpen();
        }

        @Override
        public CompletableFuture<Void> closed() {
            return connection.closed();
        }

        @Override
        public void close() {
            connection.close();
        }
    }
}
