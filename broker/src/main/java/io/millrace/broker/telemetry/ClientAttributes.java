package io.millrace.broker.telemetry;

import io.millrace.broker.network.ClientSoftware;
import java.util.UUID;

/**
 * What subscriptions select clients by, and what their metrics are labelled with.
 *
 * @param instanceId of one run of one client
 * @param clientId its {@code client.id}
 * @param address where it connects from
 */
public record ClientAttributes(
        UUID instanceId, String clientId, ClientSoftware software, String address, int port) {}
