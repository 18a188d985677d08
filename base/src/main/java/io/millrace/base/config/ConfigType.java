package io.millrace.base.config;

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
    PASSWORD
}
