package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class MillraceTest {

    @Test
    void everyCommandExplainsItself() {
        for (String command : new CommandLine(new Millrace()).getSubcommands().keySet()) {
            assertThat(Millrace.execute(command, "--help")).as(command).isZero();
        }
    }

    @Test
    void wrongUsageIsTwo() {
        assertThat(Millrace.execute("no-such-command")).isEqualTo(2);
        assertThat(Millrace.execute("topics", "create")).isEqualTo(2);
    }

    @Test
    void refusalIsOne() {
        assertThat(Millrace.execute("quickstart", "--seconds", "0")).isEqualTo(1);
        assertThat(Millrace.execute("connectors", "list", "--url", "http://127.0.0.1:1"))
                .isEqualTo(1);
    }

    @Test
    void rowsAlignForPeopleAndAreJsonForPrograms() {
        assertThat(print()).isEqualTo("TOPIC   PARTITIONS\norders  2\n");
        assertThat(print("--json")).isEqualTo("{\"topic\":\"orders\",\"partitions\":2}\n");
    }

    @Command(name = "print")
    private static final class Print implements Runnable {
        @Mixin private Output output = new Output();

        @Override
        public void run() {
            output.rows(List.of("TOPIC", "PARTITIONS"), List.of(List.of("orders", 2)));
        }
    }

    private static String print(String... arguments) {
        StringWriter text = new StringWriter();
        new CommandLine(new Print()).setOut(new PrintWriter(text, true)).execute(arguments);
        return text.toString();
    }
}
