package io.millrace.broker.api;

import io.millrace.broker.controller.ControllerApi;
import io.millrace.broker.controller.FeatureUpdate;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.UpdateFeaturesRequest;
import io.millrace.protocol.message.UpdateFeaturesResponse;
import io.millrace.protocol.message.UpdateFeaturesResponse.UpdatableFeatureResult;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Changes the levels of features, through the controller. */
final class UpdateFeaturesHandler
        implements ApiHandler<UpdateFeaturesRequest, UpdateFeaturesResponse> {
    private static final int FIRST_VERSION_WITHOUT_RESULTS = 2;

    private final ControllerApi controller;

    UpdateFeaturesHandler(ControllerApi controller) {
        this.controller = controller;
    }

    @Override
    public CompletableFuture<UpdateFeaturesResponse> handle(
            RequestContext context, UpdateFeaturesRequest request) {
        // The flag of version 0 that allows downgrades has no effect in Kafka either: the level of
        // a feature falls only if version 1 or later says how.
        List<FeatureUpdate> updates =
                request.featureUpdates().stream()
                        .map(
                                update ->
                                        new FeatureUpdate(
                                                update.feature(),
                                                update.maxVersionLevel(),
                                                FeatureUpdate.Direction.of(update.upgradeType())))
                        .toList();
        return controller
                .updateFeatures(updates, request.validateOnly())
                .thenApply(
                        names ->
                                context.version() >= FIRST_VERSION_WITHOUT_RESULTS
                                        ? new UpdateFeaturesResponse()
                                        : new UpdateFeaturesResponse()
                                                .results(
                                                        names.stream()
                                                                .map(UpdateFeaturesHandler::done)
                                                                .toList()));
    }

    @Override
    public UpdateFeaturesResponse failure(
            RequestContext context,
            UpdateFeaturesRequest request,
            ErrorCode error,
            String message) {
        return new UpdateFeaturesResponse().errorCode(error.code()).errorMessage(message);
    }

    private static UpdatableFeatureResult done(String feature) {
        return new UpdatableFeatureResult().feature(feature).errorMessage(ErrorCode.NONE.name());
    }
}
