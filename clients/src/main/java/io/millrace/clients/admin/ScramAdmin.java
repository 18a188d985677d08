package io.millrace.clients.admin;

import io.millrace.clients.ClientException;
import io.millrace.clients.cluster.Failures;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.AlterUserScramCredentialsRequest;
import io.millrace.protocol.message.AlterUserScramCredentialsRequest.ScramCredentialDeletion;
import io.millrace.protocol.message.AlterUserScramCredentialsRequest.ScramCredentialUpsertion;
import io.millrace.protocol.message.DescribeUserScramCredentialsRequest;
import io.millrace.protocol.message.DescribeUserScramCredentialsRequest.UserName;
import io.millrace.protocol.message.DescribeUserScramCredentialsResponse;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/** Credentials of users for SASL/SCRAM. Passwords do not leave this process. Any thread. */
public final class ScramAdmin {
    private static final int SALT_LONGS = 4;

    private final AdminCalls calls;

    ScramAdmin(AdminCalls calls) {
        this.calls = calls;
    }

    /** Hash functions, with their number on the wire. */
    public enum Mechanism {
        SCRAM_SHA_256(1, "PBKDF2WithHmacSHA256", 256),
        SCRAM_SHA_512(2, "PBKDF2WithHmacSHA512", 512);

        private final byte code;
        private final String derivation;
        private final int bits;

        Mechanism(int code, String derivation, int bits) {
            this.code = (byte) code;
            this.derivation = derivation;
            this.bits = bits;
        }
    }

    /** What is known of a credential: everything but the password. */
    public record Credential(Mechanism mechanism, int iterations) {}

    /** A change to one user's credential. */
    public sealed interface Change {
        Mechanism mechanism();

        /** Sets the password. Brokers take 4096 to 16384 iterations. */
        record Put(Mechanism mechanism, int iterations, String password) implements Change {
            @Override
            public String toString() {
                return mechanism + " with " + iterations + " iterations";
            }
        }

        /** Takes the credential away. */
        record Delete(Mechanism mechanism) implements Change {}
    }

    /**
     * Credentials by user. A user without any fails all with RESOURCE_NOT_FOUND.
     *
     * @param users empty for all that have some
     */
    public CompletableFuture<Map<String, List<Credential>>> describe(Optional<Set<String>> users) {
        RequestFactory<DescribeUserScramCredentialsResponse> request =
                RequestFactory.of(
                        new DescribeUserScramCredentialsRequest()
                                .users(
                                        users.map(
                                                        names ->
                                                                names.stream()
                                                                        .map(
                                                                                name ->
                                                                                        new UserName()
                                                                                                .name(
                                                                                                        name))
                                                                        .toList())
                                                .orElse(null)));
        return calls.any(request, ScramAdmin::read);
    }

    private static Map<String, List<Credential>> read(
            DescribeUserScramCredentialsResponse response) {
        AdminCalls.check(response.errorCode(), response.errorMessage(), "describing credentials");
        Map<String, List<Credential>> found = new HashMap<>();
        for (var result : response.results()) {
            AdminCalls.check(
                    result.errorCode(),
                    result.errorMessage(),
                    "user " + result.user() + ": describing credentials");
            List<Credential> credentials = new ArrayList<>();
            for (var each : result.credentialInfos()) {
                for (Mechanism mechanism : Mechanism.values()) {
                    if (mechanism.code == each.mechanism()) {
                        credentials.add(new Credential(mechanism, each.iterations()));
                    }
                }
            }
            found.put(result.user(), credentials);
        }
        return found;
    }

    /** Changes credentials, by user. */
    public Keyed<String, Boolean> alter(Map<String, List<Change>> changes) {
        return ByKey.run(
                calls,
                changes.keySet(),
                Place.controller(calls),
                (node, users, answers) ->
                        calls.once(node, RequestFactory.of(alteration(users, changes)))
                                .thenAccept(
                                        response -> {
                                            for (var result : response.results()) {
                                                ErrorCode error =
                                                        ErrorCode.forCode(result.errorCode());
                                                String said = result.errorMessage();
                                                if (error.isError()) {
                                                    answers.failed(
                                                            result.user(),
                                                            Failures.of(
                                                                    error,
                                                                    "user " + result.user(),
                                                                    said == null
                                                                            ? error.message()
                                                                            : said));
                                                } else {
                                                    answers.found(result.user(), true);
                                                }
                                            }
                                        }));
    }

    private AlterUserScramCredentialsRequest alteration(
            List<String> users, Map<String, List<Change>> changes) {
        List<ScramCredentialDeletion> deletions = new ArrayList<>();
        List<ScramCredentialUpsertion> upsertions = new ArrayList<>();
        for (String user : users) {
            for (Change change : changes.getOrDefault(user, List.of())) {
                if (change instanceof Change.Put put) {
                    byte[] salt = salt();
                    upsertions.add(
                            new ScramCredentialUpsertion()
                                    .name(user)
                                    .mechanism(put.mechanism.code)
                                    .iterations(put.iterations)
                                    .salt(salt)
                                    .saltedPassword(salted(put, salt)));
                } else {
                    deletions.add(
                            new ScramCredentialDeletion()
                                    .name(user)
                                    .mechanism(change.mechanism().code));
                }
            }
        }
        return new AlterUserScramCredentialsRequest().deletions(deletions).upsertions(upsertions);
    }

    private byte[] salt() {
        ByteBuffer salt = ByteBuffer.allocate(SALT_LONGS * Long.BYTES);
        for (int i = 0; i < SALT_LONGS; i++) {
            salt.putLong(calls.cluster().random().nextLong());
        }
        return salt.array();
    }

    /** RFC 5802: Hi(password, salt, iterations), which is PBKDF2. */
    private static byte[] salted(Change.Put put, byte[] salt) {
        try {
            return SecretKeyFactory.getInstance(put.mechanism.derivation)
                    .generateSecret(
                            new PBEKeySpec(
                                    put.password.toCharArray(),
                                    salt,
                                    put.iterations,
                                    put.mechanism.bits))
                    .getEncoded();
        } catch (GeneralSecurityException e) {
            throw new ClientException("this JDK cannot derive keys for " + put.mechanism, e);
        }
    }
}
