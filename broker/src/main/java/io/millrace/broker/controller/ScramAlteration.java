package io.millrace.broker.controller;

import org.jspecify.annotations.Nullable;

/**
 * A change to the credential of a user.
 *
 * @param mechanism Kafka's number of it
 * @param password null removes the credential
 */
public record ScramAlteration(String user, int mechanism, @Nullable SaltedPassword password) {

    /** What a client makes of a new password (RFC 5802). */
    public record SaltedPassword(int iterations, byte[] salt, byte[] salted) {

        @Override
        public String toString() {
            return "[hidden]";
        }
    }
}
