package io.millrace.protocol.message;

/** Body of a response. */
public interface ApiResponse extends ApiMessage {
    ApiKey apiKey();

    /** How long the client is asked to stay silent; 0 in responses that cannot say. */
    default int throttleTimeMs() {
        return 0;
    }
}
