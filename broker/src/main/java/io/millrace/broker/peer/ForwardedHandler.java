package io.millrace.broker.peer;

import io.millrace.broker.api.ApiHandler;
import io.millrace.broker.api.ApiTable;
import io.millrace.broker.api.RequestContext;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.AlterPartitionReassignmentsRequest;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.CreatePartitionsRequest;
import io.millrace.protocol.message.CreateTopicsRequest;
import io.millrace.protocol.message.DeleteTopicsRequest;
import io.millrace.protocol.message.ElectLeadersRequest;
import io.millrace.protocol.message.IncrementalAlterConfigsRequest;
import io.millrace.protocol.message.UpdateFeaturesRequest;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** One API of the controller's, asked of any broker. */
final class ForwardedHandler<Q extends ApiRequest<R>, R extends ApiResponse>
        implements ApiHandler<Q, R> {
    /** A client that named no time waits about twice as long. */
    private static final int PATIENCE_MS = 15_000;

    private static final int LEAST_PATIENCE_MS = 1_000;

    /** Lanes over which the clients' connections are spread. */
    private static final int LANES = 4;

    /** Kafka's number for the levels of loggers, which are a matter of this process. */
    private static final byte BROKER_LOGGER = 8;

    private final ApiTable.Row<Q, R> local;
    private final ControllerRoute route;
    private final PeerRequests peers;
    private final Supplier<CompletableFuture<Void>> catchUp;

    ForwardedHandler(
            ApiTable.Row<Q, R> local,
            ControllerRoute route,
            PeerRequests peers,
            Supplier<CompletableFuture<Void>> catchUp) {
        this.local = local;
        this.route = route;
        this.peers = peers;
        this.catchUp = catchUp;
    }

    @Override
    public CompletableFuture<R> handle(RequestContext context, Q request) {
        if (isOfThisProcess(request)) {
            return local.handler().handle(context, request);
        }
        return route.ask(
                patienceMs(request),
                () -> local.handler().handle(context, request),
                broker -> forward(broker, context, request));
    }

    // The schema pairs requests and responses by key, so a response of this key is an R.
    @SuppressWarnings("unchecked")
    private CompletableFuture<R> forward(int broker, RequestContext context, Q request) {
        PeerRequests.Lane lane =
                PeerRequests.Lane.forwarded(Math.floorMod(context.client().clientPort(), LANES));
        return peers.send(broker, lane, Envelopes.wrap(context, request))
                .thenCompose(
                        answer -> {
                            R response = (R) Envelopes.unwrap(context, answer);
                            return catchUp.get().thenApply(done -> response);
                        });
    }

    private static int patienceMs(Object request) {
        int asked = PATIENCE_MS;
        if (request instanceof CreateTopicsRequest create) {
            asked = create.timeoutMs();
        } else if (request instanceof DeleteTopicsRequest delete) {
            asked = delete.timeoutMs();
        } else if (request instanceof CreatePartitionsRequest grow) {
            asked = grow.timeoutMs();
        } else if (request instanceof UpdateFeaturesRequest update) {
            asked = update.timeoutMs();
        } else if (request instanceof ElectLeadersRequest elect) {
            asked = elect.timeoutMs();
        } else if (request instanceof AlterPartitionReassignmentsRequest reassign) {
            asked = reassign.timeoutMs();
        }
        return Math.max(LEAST_PATIENCE_MS, Math.min(asked, PATIENCE_MS));
    }

    private static boolean isOfThisProcess(Object request) {
        return request instanceof IncrementalAlterConfigsRequest alter
                && alter.resources().stream()
                        .anyMatch(resource -> resource.resourceType() == BROKER_LOGGER);
    }

    @Override
    public R failure(RequestContext context, Q request, ErrorCode error, String message) {
        return local.handler().failure(context, request, error, message);
    }

    @Override
    public boolean expectsResponse(Q request) {
        return local.handler().expectsResponse(request);
    }
}
