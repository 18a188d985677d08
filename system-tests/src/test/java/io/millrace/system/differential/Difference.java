package io.millrace.system.differential;

/**
 * One field that the brokers answered differently.
 *
 * @param path with indexes: {@code topics[0].partitions[1].leaderEpoch}
 * @param owner key of the innermost keyed element it lies in, for example a configuration's name
 */
record Difference(
        String api, short version, String path, String owner, String reference, String subject) {

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
