package io.millrace.system.differential;

import java.util.Map;

/**
 * One field that the brokers answered differently.
 *
 * @param path with indexes: {@code topics[0].partitions[1].leaderEpoch}
 * @param owner key of the innermost keyed element it lies in, for example a configuration's name
 * @param beside the other fields of its structure, as the subject answered them
 */
record Difference(
        String api,
        short version,
        String path,
        String owner,
        String reference,
        String subject,
        Map<?, ?> beside) {

    /** The path without indexes. */
    String pattern() {
        return path.replaceAll("\\[\\d+]", "[]");
    }

    @Override
    public String toString() {
        return api
                + " v"
                + version
                + " "
                + path
                + (owner.isEmpty() ? "" : " (" + owner + ")")
                + ": reference "
                + reference
                + ", subject "
                + subject;
    }
}
