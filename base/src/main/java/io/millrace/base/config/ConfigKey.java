package io.millrace.base.config;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * One configuration key: Kafka's name for it, its type, its default and what values it takes.
 * Immutable; each {@code with…} returns a changed copy. Feature records (for example a log's
 * configuration) declare their keys as constants and read them once through {@link ConfigReader}.
 *
 * @param name key as written in a properties file, for example {@code log.segment.bytes}
 * @param type how the value is written and described
 * @param parser text to value; throws {@link IllegalArgumentException} saying what it wanted, for
 *     example "a number"
 * @param defaultText default as it would be written in a file; empty when the key must be given
 * @param doc one sentence for operators
 */
public record ConfigKey<T>(
        String name,
        ConfigType type,
        Function<String, T> parser,
        Optional<String> defaultText,
        String doc) {

    public static ConfigKey<Boolean> ofBoolean(String name) {
        return key(name, ConfigType.BOOLEAN, ConfigKey::parseBoolean);
    }

    public static ConfigKey<Integer> ofInt(String name) {
        return key(name, ConfigType.INT, text -> parseNumber(text, Integer::parseInt));
    }

    public static ConfigKey<Short> ofShort(String name) {
        return key(name, ConfigType.SHORT, text -> parseNumber(text, Short::parseShort));
    }

    public static ConfigKey<Long> ofLong(String name) {
        return key(name, ConfigType.LONG, text -> parseNumber(text, Long::parseLong));
    }

    public static ConfigKey<Double> ofDouble(String name) {
        return key(name, ConfigType.DOUBLE, text -> parseNumber(text, Double::parseDouble));
    }

    public static ConfigKey<String> ofString(String name) {
        return key(name, ConfigType.STRING, Function.identity());
    }

    /** A value whose text never appears in logs or in descriptions. */
    public static ConfigKey<Secret> ofPassword(String name) {
        return key(name, ConfigType.PASSWORD, Secret::new);
    }

    /**
     * Values separated by commas; blanks around them do not count; an empty text is the empty list.
     */
    public static ConfigKey<List<String>> ofList(String name) {
        return key(name, ConfigType.LIST, ConfigKey::parseList);
    }

    private static <T> ConfigKey<T> key(String name, ConfigType type, Function<String, T> parser) {
        return new ConfigKey<>(name, type, parser, Optional.empty(), "");
    }

    /** The default, as it would be written in a file. */
    public ConfigKey<T> withDefault(String text) {
        return new ConfigKey<>(name, type, parser, Optional.of(text), doc);
    }

    public ConfigKey<T> withDoc(String sentence) {
        return new ConfigKey<>(name, type, parser, defaultText, sentence);
    }

    /** Refuses values for which {@code holds} is false; {@code wanted} completes "is not …". */
    public ConfigKey<T> where(Function<T, Boolean> holds, String wanted) {
        return map(
                value -> {
                    if (!holds.apply(value)) {
                        throw new IllegalArgumentException(wanted);
                    }
                    return value;
                });
    }

    /** Only these texts. */
    public ConfigKey<T> oneOf(List<T> allowed) {
        return where(allowed::contains, "one of " + allowed);
    }

    /**
     * Turns the value into another type; the function may throw {@link IllegalArgumentException}
     * with what it wanted.
     */
    public <R> ConfigKey<R> map(Function<T, R> to) {
        return new ConfigKey<>(name, type, parser.andThen(to), defaultText, doc);
    }

    /** What would have been wanted instead of this text; empty if it is a value of the key. */
    public Optional<String> refusal(String text) {
        try {
            Object value = parser.apply(text);
            return value == null ? Optional.of("a value") : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    public boolean isSensitive() {
        return type == ConfigType.PASSWORD;
    }

    private static boolean parseBoolean(String text) {
        return switch (text.trim().toLowerCase(java.util.Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("true or false");
        };
    }

    private static <N extends Number> N parseNumber(String text, Function<String, N> parse) {
        try {
            return parse.apply(text.trim());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("a number", e);
        }
    }

    private static List<String> parseList(String text) {
        return java.util.Arrays.stream(text.split(",", -1))
                .map(String::trim)
                .filter(part -> !part.isEmpty())
                .toList();
    }
}
