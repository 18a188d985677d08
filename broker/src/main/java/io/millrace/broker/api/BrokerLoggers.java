package io.millrace.broker.api;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import io.millrace.base.config.NearestName;
import io.millrace.broker.config.ConfigProblem;
import io.millrace.broker.controller.ConfigAlteration.Edit;
import io.millrace.broker.controller.ConfigAlteration.Operation;
import io.millrace.protocol.error.ErrorCode;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Levels of the loggers of this process, shown and changed as a resource of the broker. Not kept: a
 * restart forgets them. With another logging library than Logback there are none.
 */
final class BrokerLoggers {
    /** Kafka's number of this kind of resource. */
    static final byte RESOURCE_TYPE = 8;

    /** Kafka's name of the logger that all others inherit from. */
    private static final String ROOT = "root";

    /** FATAL is one of Log4j's that old tools still send; Logback's highest is ERROR. */
    private static final List<String> LEVELS =
            List.of("DEBUG", "ERROR", "FATAL", "INFO", "TRACE", "WARN");

    private final NodeIdentity node;

    BrokerLoggers(NodeIdentity node) {
        this.node = node;
    }

    /** Why the name is not this broker's; empty if it is. */
    Optional<ConfigProblem> problem(String resourceName) {
        return resourceName.equals(Integer.toString(node.id()))
                ? Optional.empty()
                : refused(
                        ErrorCode.INVALID_REQUEST,
                        "loggers of broker '"
                                + resourceName
                                + "' must be asked for there; this is broker "
                                + node.id());
    }

    /** Level in force by name of logger. */
    SortedMap<String, String> levels() {
        SortedMap<String, String> levels = new TreeMap<>();
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            for (Logger logger : context.getLoggerList()) {
                levels.put(nameOf(logger), logger.getEffectiveLevel().toString());
            }
        }
        return levels;
    }

    /** Makes all edits, or none and says why. */
    Optional<ConfigProblem> alter(String resourceName, List<Edit> edits, boolean validateOnly) {
        Optional<ConfigProblem> wrong = problem(resourceName);
        for (Edit edit : edits) {
            wrong = wrong.or(() -> problem(edit));
        }
        if (wrong.isEmpty() && !validateOnly) {
            edits.forEach(BrokerLoggers::apply);
        }
        return wrong;
    }

    private Optional<ConfigProblem> problem(Edit edit) {
        String name = edit.key();
        if (edit.operation() != Operation.SET && edit.operation() != Operation.DELETE) {
            return refused(
                    ErrorCode.INVALID_REQUEST,
                    "the level of logger " + name + " is not a list to append to or subtract from");
        }
        if (find(name) == null) {
            return refused(
                    ErrorCode.INVALID_CONFIG,
                    "logger "
                            + name
                            + " does not exist"
                            + NearestName.suggestion(name, levels().keySet()));
        }
        if (edit.operation() == Operation.DELETE) {
            return name.equals(ROOT)
                    ? refused(
                            ErrorCode.INVALID_REQUEST,
                            "the root logger must have a level; set another one")
                    : Optional.empty();
        }
        String level = edit.value();
        if (level == null) {
            return refused(ErrorCode.INVALID_REQUEST, "logger " + name + " is set without a level");
        }
        return LEVELS.contains(level)
                ? Optional.empty()
                : refused(
                        ErrorCode.INVALID_CONFIG,
                        "logger " + name + ": " + level + " is no level; levels are " + LEVELS);
    }

    private static void apply(Edit edit) {
        Logger logger = find(edit.key());
        if (logger != null) {
            logger.setLevel(edit.operation() == Operation.DELETE ? null : levelOf(edit.value()));
        }
    }

    private static Level levelOf(@Nullable String name) {
        return "FATAL".equals(name) ? Level.ERROR : Level.toLevel(name);
    }

    private static @Nullable Logger find(String name) {
        return LoggerFactory.getILoggerFactory() instanceof LoggerContext context
                ? context.exists(name.equals(ROOT) ? Logger.ROOT_LOGGER_NAME : name)
                : null;
    }

    private static String nameOf(Logger logger) {
        return logger.getName().equals(Logger.ROOT_LOGGER_NAME) ? ROOT : logger.getName();
    }

    private static Optional<ConfigProblem> refused(ErrorCode error, String why) {
        return Optional.of(new ConfigProblem(error, why));
    }
}
