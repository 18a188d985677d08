package io.millrace.connect.worker;

import java.lang.reflect.InvocationTargetException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Levels of loggers at run time. slf4j has no call for that, so Logback is asked by reflection;
 * with another logging back end, levels can be listed but not set.
 */
public final class LogLevels {
    private static final Logger LOGGER = LoggerFactory.getLogger(LogLevels.class);
    private static final Map<String, String> SET = new ConcurrentHashMap<>();

    private LogLevels() {}

    /** Levels set since the start, and the root's. */
    public static Map<String, String> all() {
        Map<String, String> levels = new TreeMap<>(SET);
        levels.putIfAbsent("root", level("root"));
        return levels;
    }

    /** Level in force for a logger. */
    public static String level(String logger) {
        Logger found = LoggerFactory.getLogger(name(logger));
        if (found.isTraceEnabled()) {
            return "TRACE";
        }
        if (found.isDebugEnabled()) {
            return "DEBUG";
        }
        if (found.isInfoEnabled()) {
            return "INFO";
        }
        return found.isWarnEnabled() ? "WARN" : found.isErrorEnabled() ? "ERROR" : "OFF";
    }

    /** Sets a level; empty when this is not a level's name. */
    public static Optional<String> set(String logger, String level) {
        String wanted = level.strip().toUpperCase(java.util.Locale.ROOT);
        if (!java.util.List.of("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "OFF").contains(wanted)) {
            return Optional.empty();
        }
        Logger target = LoggerFactory.getLogger(name(logger));
        try {
            Class<?> levels =
                    Class.forName(
                            "ch.qos.logback.classic.Level",
                            true,
                            target.getClass().getClassLoader());
            Object value = levels.getMethod("toLevel", String.class).invoke(null, wanted);
            target.getClass().getMethod("setLevel", levels).invoke(target, value);
            SET.put(logger, wanted);
        } catch (ClassNotFoundException | NoSuchMethodException | IllegalAccessException e) {
            LOGGER.atWarn()
                    .addKeyValue("logger", logger)
                    .log("levels cannot be set with this logging back end");
        } catch (InvocationTargetException e) {
            throw new IllegalStateException("level of " + logger + " cannot be set", e);
        }
        return Optional.of(wanted);
    }

    private static String name(String logger) {
        return logger.equals("root") ? Logger.ROOT_LOGGER_NAME : logger;
    }
}
