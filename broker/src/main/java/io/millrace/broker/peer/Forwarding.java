package io.millrace.broker.peer;

import io.millrace.broker.api.ApiHandler;
import io.millrace.broker.api.ApiTable;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Sends clients' requests that only the controller can answer to the broker that leads the cluster,
 * in an Envelope (KIP-590). The answer is given once this broker knows of what was changed (M8):
 * whoever got it finds it in every later metadata read from here.
 */
public final class Forwarding {
    private static final Set<ApiKey> OF_THE_CONTROLLER =
            Set.of(
                    ApiKey.CREATE_TOPICS,
                    ApiKey.DELETE_TOPICS,
                    ApiKey.CREATE_PARTITIONS,
                    ApiKey.ALTER_CONFIGS,
                    ApiKey.INCREMENTAL_ALTER_CONFIGS,
                    ApiKey.ALTER_CLIENT_QUOTAS,
                    ApiKey.ALTER_USER_SCRAM_CREDENTIALS,
                    ApiKey.UPDATE_FEATURES,
                    ApiKey.ELECT_LEADERS,
                    ApiKey.ALTER_PARTITION_REASSIGNMENTS,
                    ApiKey.UNREGISTER_BROKER);

    private final ControllerRoute route;
    private final PeerRequests peers;
    private final Supplier<CompletableFuture<Void>> catchUp;
    private final Map<ApiKey, ApiTable.Row<?, ?>> local = new EnumMap<>(ApiKey.class);

    /**
     * @param catchUp completes when this broker knows everything that the cluster has decided so
     *     far
     */
    public Forwarding(
            ControllerRoute route, PeerRequests peers, Supplier<CompletableFuture<Void>> catchUp) {
        this.route = route;
        this.peers = peers;
        this.catchUp = catchUp;
    }

    /** The same rows, forwarding where need be, and one more that takes what others forward. */
    public List<ApiTable.Row<?, ?>> over(List<ApiTable.Row<?, ?>> rows) {
        List<ApiTable.Row<?, ?>> all = new ArrayList<>();
        for (ApiTable.Row<?, ?> row : rows) {
            all.add(OF_THE_CONTROLLER.contains(row.key()) ? forwarding(row) : row);
        }
        all.add(EnvelopeHandler.row(local));
        return all;
    }

    private <Q extends ApiRequest<R>, R extends ApiResponse> ApiTable.Row<Q, R> forwarding(
            ApiTable.Row<Q, R> row) {
        local.put(row.key(), row);
        ApiHandler<Q, R> handler = new ForwardedHandler<>(row, route, peers, catchUp);
        return row.answeredBy(handler);
    }
}
