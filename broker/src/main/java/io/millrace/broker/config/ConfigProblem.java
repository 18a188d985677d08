package io.millrace.broker.config;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.NearestName;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.protocol.error.ErrorCode;
import java.util.Collection;
import java.util.Optional;

/** Why an entry is not allowed. */
public record ConfigProblem(ErrorCode error, String why) {

    static ConfigProblem unknown(
            ErrorCode error, ConfigResource resource, String key, Collection<String> known) {
        return new ConfigProblem(
                error, resource + ": " + key + " is unknown" + NearestName.suggestion(key, known));
    }

    /** Empty if the value is one that the key takes. */
    static Optional<ConfigProblem> ofValue(
            ErrorCode error, ConfigResource resource, ConfigKey<?> key, String value) {
        String shown = key.isSensitive() ? "[hidden]" : value;
        return key.refusal(value)
                .map(
                        wanted ->
                                new ConfigProblem(
                                        error,
                                        resource
                                                + ": "
                                                + key.name()
                                                + "="
                                                + shown
                                                + " is not "
                                                + wanted));
    }
}
