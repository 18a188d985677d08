package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.peers.Ports;
import io.millrace.peers.Scratch;
import io.millrace.protocol.message.ApiVersionsRequest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The metrics endpoint as an operator opens it: by a line in the server's configuration file. */
class MetricsListenerTest {

    @Test
    void theServersConfigurationFileOpensTheEndpoint() throws IOException, InterruptedException {
        String listener = "http://127.0.0.1:" + Ports.free();
        try (MillraceServer server =
                MillraceServer.start(
                        Scratch.directory("metrics-"),
                        "128m",
                        Map.of("metrics.listener", listener))) {
            try (RawClient client = new RawClient(server.port())) {
                client.ask(
                        new ApiVersionsRequest()
                                .clientSoftwareName("metrics")
                                .clientSoftwareVersion("1"),
                        (short) 4);
            }
            HttpResponse<String> answer =
                    HttpClient.newHttpClient()
                            .send(
                                    HttpRequest.newBuilder(URI.create(listener + "/metrics"))
                                            .build(),
                                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body())
                    .contains("millrace_request_bytes_total{api=\"API_VERSIONS\"}");
        }
    }
}
