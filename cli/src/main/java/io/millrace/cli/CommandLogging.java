package io.millrace.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LogbackServiceProvider;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.ConsoleAppender;
import org.slf4j.ILoggerFactory;
import org.slf4j.Logger;
import org.slf4j.spi.MDCAdapter;

/**
 * Logging of the command: to standard error, since standard output belongs to what a command
 * prints. Set up here and not in XML, because looking for the file, its parser and its extensions
 * through the whole class path is a tenth of a server's start. {@code -Dlogback.configurationFile}
 * still takes a file instead; {@code MILLRACE_LOG_LEVEL} is the level of our own loggers.
 */
public final class CommandLogging extends LogbackServiceProvider {
    /**
     * Times in UTC, so that the output of brokers anywhere compares; and the JVM need not search
     * the system's zone files for the name of the local one before the first line.
     */
    private static final String PATTERN =
            "%d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z', UTC} %-5level %logger{20} %msg %kvp%n%ex";

    /**
     * System property with the level for commands that say nothing else; INFO when it is absent.
     */
    static final String USUAL_LEVEL = "millrace.log.level";

    private final LoggerContext context = new LoggerContext();
    private final LogbackMDCAdapter mdc = new LogbackMDCAdapter();
    private final boolean byFile = System.getProperty("logback.configurationFile") != null;

    @Override
    public void initialize() {
        if (byFile) {
            super.initialize();
            return;
        }
        context.setName("millrace");
        context.setMDCAdapter(mdc);
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(PATTERN);
        encoder.start();
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setContext(context);
        console.setTarget("System.err");
        console.setEncoder(encoder);
        console.start();
        Level usual = Level.toLevel(System.getProperty(USUAL_LEVEL), Level.INFO);
        String asked = System.getenv("MILLRACE_LOG_LEVEL");
        context.getLogger("io.millrace").setLevel(Level.toLevel(asked, usual));
        context.getLogger("org.apache.zookeeper").setLevel(Level.ERROR);
        ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.WARN);
        root.addAppender(console);
        context.start();
    }

    @Override
    public ILoggerFactory getLoggerFactory() {
        return byFile ? super.getLoggerFactory() : context;
    }

    @Override
    public MDCAdapter getMDCAdapter() {
        return byFile ? super.getMDCAdapter() : mdc;
    }
}
