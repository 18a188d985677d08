package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.from;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ServerOptionsTest {
    @Test
    void optionsWithTheirValuesNeedNoCommandLineLibrary() {
        assertThat(
                        ServerCommand.ofPlainOptions(
                                "server", "--port", "9092", "--data", "d", "--config", "c"))
                .returns(9092, from(command -> command.port))
                .returns(Path.of("d"), from(command -> command.data))
                .returns(Path.of("c"), from(command -> command.configFile));
        assertThat(ServerCommand.ofPlainOptions("server"))
                .returns(null, from(command -> command.port));
    }

    @Test
    void whateverElseIsLeftToTheCommandLineLibrary() {
        assertThat(ServerCommand.ofPlainOptions()).isNull();
        assertThat(ServerCommand.ofPlainOptions("topics")).isNull();
        assertThat(ServerCommand.ofPlainOptions("server", "--help")).isNull();
        assertThat(ServerCommand.ofPlainOptions("server", "--port=9092")).isNull();
        assertThat(ServerCommand.ofPlainOptions("server", "--port", "many")).isNull();
        assertThat(ServerCommand.ofPlainOptions("server", "--data", "--port")).isNull();
        assertThat(ServerCommand.ofPlainOptions("server", "--speed", "high")).isNull();
    }
}
