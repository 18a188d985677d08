package io.millrace.base.config;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Types a configuration value can have; names and order as in the Kafka protocol's DescribeConfigs.
 */
public enum ConfigType {
    BOOLEAN,
    STRING,
    INT,
    SHORT,
    LONG,
    DOUBLE,
    LIST,
    CLASS,
    PASSWORD;

    /**
     * The one way to write the value: numbers without blanks, lists without blanks around their
     * commas. A text that is no value of the type stays as it is.
     */
    public String normalize(String text) {
        try {
            return switch (this) {
                case BOOLEAN -> text.trim().toLowerCase(Locale.ROOT);
                case INT, SHORT, LONG -> Long.toString(Long.parseLong(text.trim()));
                case DOUBLE -> Double.toString(Double.parseDouble(text.trim()));
                case LIST ->
                        Arrays.stream(text.split(",", -1))
                                .map(String::trim)
                                .filter(part -> !part.isEmpty())
                                .collect(Collectors.joining(","));
                case STRING, CLASS, PASSWORD -> text;
            };
        } catch (NumberFormatException e) {
            return text;
        }
    }
}
