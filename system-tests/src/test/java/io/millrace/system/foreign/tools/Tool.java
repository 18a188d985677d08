package io.millrace.system.foreign.tools;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.utils.Exit;

/** Runs the main methods of tools in this JVM: their exits become exit codes. */
final class Tool {
    private static final Capture CAPTURE = new Capture();

    private final String bootstrap;

    Tool(String bootstrap) {
        this.bootstrap = bootstrap;
    }

    /** Takes over standard output, error and exits. Scala keeps the first output that it sees. */
    static PrintStream takeOver() {
        PrintStream console = System.out;
        System.setOut(new PrintStream(CAPTURE, true, StandardCharsets.UTF_8));
        System.setErr(System.out);
        Exit.setExitProcedure(Tool::exit);
        Exit.setHaltProcedure(Tool::exit);
        return console;
    }

    /** Some tools catch what is thrown here and exit again: the first exit counts. */
    private static void exit(int code, String message) {
        if (message != null) {
            System.out.println(message);
        }
        CAPTURE.exit(code);
        throw new IllegalStateException("the tool ended");
    }

    /** What the tool printed, line by line without what differs by nature, and its exit code. */
    List<String> run(String mainClass, String... arguments) throws Exception {
        return runWithInput("", mainClass, arguments);
    }

    /** For a tool that ends its work when its JVM ends: it gets a JVM of its own. */
    List<String> runAlone(String mainClass, String... arguments) throws Exception {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-Dlog4j2.level=OFF",
                                "-cp",
                                System.getProperty("java.class.path"),
                                mainClass,
                                "--bootstrap-server",
                                bootstrap));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        byte[] output = process.getInputStream().readAllBytes();
        process.waitFor();
        return Normal.lines(new String(output, StandardCharsets.UTF_8));
    }

    List<String> runWithInput(String input, String mainClass, String... arguments)
            throws Exception {
        List<String> all = new ArrayList<>(List.of("--bootstrap-server", bootstrap));
        all.addAll(List.of(arguments));
        System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        CAPTURE.begin();
        try {
            Class.forName(mainClass)
                    .getMethod("main", String[].class)
                    .invoke(null, (Object) all.toArray(String[]::new));
            CAPTURE.exit(0);
        } catch (InvocationTargetException e) {
            System.out.println(e.getCause().getClass().getSimpleName());
            CAPTURE.exit(1);
        }
        List<String> lines = Normal.lines(CAPTURE.output());
        lines.add("exit code " + (CAPTURE.exitCode() == 0 ? "0" : "not 0"));
        return lines;
    }

    /** One stream for the life of the JVM, with what was written since {@link #begin}. */
    private static final class Capture extends OutputStream {
        private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
        private String output;
        private int exitCode;

        @Override
        public void write(int one) {
            taken.write(one);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            taken.write(bytes, offset, length);
        }

        void begin() {
            taken.reset();
            output = null;
        }

        /** Ends the capture; later calls change nothing. */
        void exit(int code) {
            if (output == null) {
                output = taken.toString(StandardCharsets.UTF_8);
                exitCode = code;
            }
        }

        String output() {
            return output;
        }

        int exitCode() {
            return exitCode;
        }
    }
}
