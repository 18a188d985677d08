package io.millrace.clients.admin;

import io.millrace.clients.cluster.RequestFactory;
import io.millrace.protocol.message.ApiVersionsRequest;
import io.millrace.protocol.message.ApiVersionsResponse;
import io.millrace.protocol.message.UnregisterBrokerRequest;
import io.millrace.protocol.message.UnregisterBrokerResponse;
import io.millrace.protocol.message.UpdateFeaturesRequest;
import io.millrace.protocol.message.UpdateFeaturesRequest.FeatureUpdateKey;
import io.millrace.protocol.message.UpdateFeaturesResponse;
import io.millrace.protocol.net.ConnectionFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** What the brokers of a cluster have agreed to do, and which brokers belong to it. Any thread. */
public final class FeatureAdmin {
    private final AdminCalls calls;

    FeatureAdmin(AdminCalls calls) {
        this.calls = calls;
    }

    /** Levels that a broker can do, both ends included. */
    public record Range(short min, short max) {}

    /**
     * Features of a cluster, by name, for example {@code transaction.version}.
     *
     * @param finalized what the cluster has agreed on
     * @param supported what the broker that answered could do
     */
    public record Features(Map<String, Short> finalized, Map<String, Range> supported) {
        public Features {
            finalized = Map.copyOf(finalized);
            supported = Map.copyOf(supported);
        }
    }

    /** How far a change may go; in the order of the wire's numbers. */
    public enum Upgrade {
        UNKNOWN,
        UPGRADE,
        SAFE_DOWNGRADE,
        /** May lose metadata. */
        UNSAFE_DOWNGRADE
    }

    /**
     * A change to one feature.
     *
     * @param level 0 takes the feature out of use
     */
    public record Change(short level, Upgrade how) {}

    public CompletableFuture<Features> describe() {
        RequestFactory<ApiVersionsResponse> request =
                RequestFactory.of(
                        new ApiVersionsRequest()
                                .clientSoftwareName(ConnectionFactory.SOFTWARE_NAME)
                                .clientSoftwareVersion(ConnectionFactory.SOFTWARE_VERSION));
        return calls.any(request, FeatureAdmin::read);
    }

    private static Features read(ApiVersionsResponse response) {
        AdminCalls.check(response.errorCode(), null, "describing features");
        Map<String, Short> finalized = new HashMap<>();
        response.finalizedFeatures()
                .forEach(each -> finalized.put(each.name(), each.maxVersionLevel()));
        Map<String, Range> supported = new HashMap<>();
        response.supportedFeatures()
                .forEach(
                        each ->
                                supported.put(
                                        each.name(),
                                        new Range(each.minVersion(), each.maxVersion())));
        return new Features(finalized, supported);
    }

    /**
     * Changes what the cluster has agreed on, all or nothing.
     *
     * @param onlyCheck changes nothing and says whether it would work
     */
    public CompletableFuture<Void> update(Map<String, Change> changes, boolean onlyCheck) {
        List<FeatureUpdateKey> updates = new ArrayList<>();
        changes.forEach(
                (feature, change) ->
                        updates.add(
                                new FeatureUpdateKey()
                                        .feature(feature)
                                        .maxVersionLevel(change.level)
                                        .upgradeType((byte) change.how.ordinal())));
        RequestFactory<UpdateFeaturesResponse> request =
                RequestFactory.between(
                        io.millrace.protocol.message.ApiKey.UPDATE_FEATURES,
                        1,
                        io.millrace.protocol.message.ApiKey.UPDATE_FEATURES.maxVersion(),
                        version ->
                                new UpdateFeaturesRequest()
                                        .timeoutMs(calls.requestTimeoutMs())
                                        .featureUpdates(updates)
                                        .validateOnly(onlyCheck));
        return calls.controller(request, FeatureAdmin::check);
    }

    @SuppressWarnings("NullAway") // Void has no other value.
    private static Void check(UpdateFeaturesResponse response) {
        AdminCalls.check(response.errorCode(), response.errorMessage(), "updating features");
        for (var result : response.results()) {
            AdminCalls.check(
                    result.errorCode(),
                    result.errorMessage(),
                    "updating feature " + result.feature());
        }
        return null;
    }

    /** Forgets a broker that is gone for good. */
    @SuppressWarnings("NullAway") // Void has no other value.
    public CompletableFuture<Void> unregisterBroker(int broker) {
        RequestFactory<UnregisterBrokerResponse> request =
                RequestFactory.of(new UnregisterBrokerRequest().brokerId(broker));
        return calls.controller(
                request,
                response -> {
                    AdminCalls.check(
                            response.errorCode(),
                            response.errorMessage(),
                            "unregistering broker " + broker);
                    return null;
                });
    }
}
