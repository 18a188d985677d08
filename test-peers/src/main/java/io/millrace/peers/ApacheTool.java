package io.millrace.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Apache Kafka 4.3.1's command-line tools, each run as a process of its own. */
public final class ApacheTool {
    public static final String TOPICS = "org.apache.kafka.tools.TopicCommand";
    public static final String CONSUMER_GROUPS =
            "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand";
    public static final String CONFIGS = "kafka.admin.ConfigCommand";
    public static final String CONSOLE_PRODUCER = "org.apache.kafka.tools.ConsoleProducer";
    public static final String CONSOLE_CONSUMER = "org.apache.kafka.tools.consumer.ConsoleConsumer";
    public static final String PRODUCER_PERFORMANCE = "org.apache.kafka.tools.ProducerPerformance";
    public static final String CONSUMER_PERFORMANCE = "org.apache.kafka.tools.ConsumerPerformance";
    public static final String DUMP_LOG_SEGMENTS = "org.apache.kafka.tools.DumpLogSegments";
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    private ApacheTool() {}

    /** What a tool printed (standard output and error together) and its exit code. */
    public record Result(int exitCode, String output) {}

    /** Apache Kafka's jars, in the form of {@code -cp}. */
    public static String classpath() {
        return PeerClasspath.apacheKafka();
    }

    /** Runs a tool to its end. */
    public static Result run(String mainClass, String... arguments) {
        return runWithInput("", mainClass, arguments);
    }

    /**
     * Starts a program that needs Apache Kafka's classes and one more jar.
     *
     * @param log file that takes standard output and error
     */
    public static PeerProcess start(
            Path extraJar, Path log, String mainClass, String... arguments) {
        Path log4j = ApacheKafkaBroker.temporaryDirectory().resolve("log4j2.xml");
        ApacheKafkaBroker.write(log4j, ApacheKafkaBroker.LOG4J);
        List<String> command = new ArrayList<>(List.of(mainClass));
        command.addAll(List.of(arguments));
        return PeerProcess.startJava(
                extraJar + java.io.File.pathSeparator + PeerClasspath.apacheKafka(),
                List.of("-Xmx256m", "-Dlog4j2.configurationFile=" + log4j),
                command,
                log);
    }

    /** Runs a tool to its end with the given text as standard input. */
    public static Result runWithInput(String input, String mainClass, String... arguments) {
        Path directory = ApacheKafkaBroker.temporaryDirectory();
        Path log4j = directory.resolve("log4j2.xml");
        ApacheKafkaBroker.write(log4j, ApacheKafkaBroker.LOG4J.replace("\"INFO\"", "\"ERROR\""));
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx256m",
                                "-XX:TieredStopAtLevel=1",
                                "-Dlog4j2.configurationFile=" + log4j,
                                "-Djava.io.tmpdir=" + directory,
                                "-cp",
                                PeerClasspath.apacheKafka(),
                                mainClass));
        command.addAll(List.of(arguments));
        Path in = directory.resolve("stdin");
        Path out = directory.resolve("stdout");
        ApacheKafkaBroker.write(in, input);
        try {
            Process process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectInput(in.toFile())
                            .redirectOutput(out.toFile())
                            .start();
            Scratch.watch(process);
            if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
                throw new IllegalStateException(
                        mainClass + " did not end within " + PATIENCE + ":\n" + read(out));
            }
            Result result = new Result(process.exitValue(), read(out));
            Scratch.delete(directory);
            return result;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot run " + mainClass, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while " + mainClass + " ran", e);
        }
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8);
    }
}
