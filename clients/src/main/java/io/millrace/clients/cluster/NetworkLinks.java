package io.millrace.clients.cluster;

import io.millrace.clients.ClientException;
import io.millrace.clients.RetriableClientException;
import io.millrace.clients.cluster.Outcome.Answered;
import io.millrace.clients.cluster.Outcome.Reason;
import io.millrace.clients.cluster.Outcome.Unanswered;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.UnsupportedVersionException;
import io.millrace.protocol.net.Connection;
import io.millrace.protocol.net.ConnectionConfig;
import io.millrace.protocol.net.ConnectionFactory;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Opens links over TCP, driven by the client's loop. */
public final class NetworkLinks implements Link.Factory {
    private static final int MAX_RESPONSE_BYTES = 1 << 30;
    private static final int SYSTEM_DEFAULT = -1;

    private final ConnectionFactory factory;

    public NetworkLinks(NettyLoop loop, String clientId, ClientConfig config) {
        ConnectionConfig connection =
                new ConnectionConfig(
                        clientId,
                        Math.max(1, config.connectionSetupTimeoutMs()),
                        Math.max(1, config.requestTimeoutMs()),
                        MAX_RESPONSE_BYTES,
                        SYSTEM_DEFAULT,
                        SYSTEM_DEFAULT);
        this.factory =
                new ConnectionFactory(loop.group(), loop.transport(), loop.clock(), connection);
    }

    @Override
    public CompletableFuture<Link> connect(HostPort address) {
        return factory.connect(address.host(), address.port())
                .handle(
                        (connection, error) -> {
                            if (error == null) {
                                return new NetworkLink(connection);
                            }
                            throw new RetriableClientException(
                                    String.valueOf(Failures.unwrap(error).getMessage()), error);
                        });
    }

    /** A link over one connection. */
    private record NetworkLink(Connection connection) implements Link {
        @Override
        public <R extends ApiResponse> CompletableFuture<Outcome<R>> send(
                RequestFactory<R> request, long timeoutMs) {
            ApiKey api = request.apiKey();
            short version;
            try {
                version = connection.versions().best(api, request.highestVersion());
            } catch (UnsupportedVersionException e) {
                return CompletableFuture.completedFuture(
                        unsupported(String.valueOf(e.getMessage())));
            }
            if (version < request.lowestVersion()) {
                return CompletableFuture.completedFuture(
                        unsupported(
                                "%s serves %s up to version %d, this needs %d"
                                        .formatted(
                                                connection.broker(),
                                                api.schemaName(),
                                                version,
                                                request.lowestVersion())));
            }
            int timeout = (int) Math.min(Math.max(1, timeoutMs), Integer.MAX_VALUE);
            return connection
                    .send(request.make(version), version, timeout)
                    .handle(
                            (response, error) ->
                                    error == null
                                            ? new Answered<>(response, version)
                                            : lost(error));
        }

        @Override
        public boolean isOpen() {
            return connection.isOpen();
        }

        @Override
        public short featureLevel(String feature) {
            return connection.versions().featureLevel(feature);
        }

        @Override
        public void close() {
            connection.close();
        }

        private static <R> Outcome<R> unsupported(String detail) {
            return new Unanswered<>(Reason.UNSUPPORTED, detail);
        }

        private static <R> Outcome<R> lost(Throwable error) {
            Throwable cause =
                    error instanceof CompletionException && error.getCause() != null
                            ? error.getCause()
                            : error;
            if (!(cause instanceof ApiException failed)) {
                throw new ClientException("request failed: " + cause.getMessage(), cause);
            }
            Reason reason =
                    failed.error() == ErrorCode.REQUEST_TIMED_OUT
                            ? Reason.TIMED_OUT
                            : Reason.DISCONNECTED;
            return new Unanswered<>(reason, String.valueOf(failed.getMessage()));
        }
    }
}
