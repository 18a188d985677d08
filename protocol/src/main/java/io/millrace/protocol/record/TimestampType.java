package io.millrace.protocol.record;

import java.util.Locale;

/** What the timestamps of a batch mean; bit 3 of its attributes. */
public enum TimestampType {
    CREATE_TIME("CreateTime"),
    LOG_APPEND_TIME("LogAppendTime");

    private final String configName;

    TimestampType(String configName) {
        this.configName = configName;
    }

    public String configName() {
        return configName;
    }

    /**
     * @throws IllegalArgumentException with what it wanted, if there is no type of that name
     */
    public static TimestampType byName(String name) {
        for (TimestampType type : values()) {
            if (type.configName.toLowerCase(Locale.ROOT).equals(name.toLowerCase(Locale.ROOT))) {
                return type;
            }
        }
        throw new IllegalArgumentException("CreateTime or LogAppendTime");
    }
}
