package io.millrace.broker.api;

import io.millrace.broker.network.Requester;
import io.millrace.protocol.message.ApiKey;

/**
 * One request besides its body.
 *
 * @param client who asks
 * @param api what is asked
 * @param version layout of request and response
 * @param clientId the client's own name; empty when it gave none
 */
public record RequestContext(Requester client, ApiKey api, short version, String clientId) {}
