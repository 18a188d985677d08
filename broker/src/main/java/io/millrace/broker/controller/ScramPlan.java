package io.millrace.broker.controller;

import io.millrace.broker.controller.ScramAlteration.SaltedPassword;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.metadata.record.ScramChange;
import io.millrace.metadata.record.ScramCredential;
import io.millrace.metadata.record.ScramMechanism;
import io.millrace.protocol.error.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Decides about credentials of users. Pure. Each user stands alone. */
final class ScramPlan {
    private static final int MIN_ITERATIONS = 4096;
    private static final int MAX_ITERATIONS = 16384;

    private final MetadataImage image;

    ScramPlan(MetadataImage image) {
        this.image = image;
    }

    /** Results by user, in the order of the request. */
    Decision<Map<String, AdminResult<String>>> alter(List<ScramAlteration> alterations) {
        Set<String> seen = new HashSet<>();
        Set<String> repeated = new HashSet<>();
        alterations.stream()
                .map(ScramAlteration::user)
                .filter(user -> !seen.add(user))
                .forEach(repeated::add);
        List<MetadataRecord> records = new ArrayList<>();
        Map<String, AdminResult<String>> results = new LinkedHashMap<>();
        for (ScramAlteration alteration : alterations) {
            String user = alteration.user();
            AdminResult<String> refusal = refusal(alteration, repeated);
            results.put(user, refusal == null ? new AdminResult.Done<>(user) : refusal);
            if (refusal == null) {
                ScramMechanism mechanism = ScramMechanism.of(alteration.mechanism()).orElseThrow();
                SaltedPassword password = alteration.password();
                records.add(
                        new ScramChange(
                                user,
                                mechanism,
                                password == null ? null : credential(mechanism, password)));
            }
        }
        return new Decision<>(records, results);
    }

    private @Nullable AdminResult<String> refusal(
            ScramAlteration alteration, Set<String> repeated) {
        String user = alteration.user();
        if (user.isEmpty()) {
            return refused(ErrorCode.UNACCEPTABLE_CREDENTIAL, "a user needs a name");
        }
        Optional<ScramMechanism> mechanism = ScramMechanism.of(alteration.mechanism());
        if (mechanism.isEmpty()) {
            return refused(
                    ErrorCode.UNSUPPORTED_SASL_MECHANISM,
                    "user " + user + ": SCRAM mechanism " + alteration.mechanism() + " is unknown");
        }
        SaltedPassword password = alteration.password();
        if (password != null
                && (password.iterations() < MIN_ITERATIONS
                        || password.iterations() > MAX_ITERATIONS)) {
            return refused(
                    ErrorCode.UNACCEPTABLE_CREDENTIAL,
                    "user "
                            + user
                            + ": "
                            + password.iterations()
                            + " iterations are not between "
                            + MIN_ITERATIONS
                            + " and "
                            + MAX_ITERATIONS);
        }
        if (password == null
                && !image.clients()
                        .credentials()
                        .getOrDefault(user, java.util.Collections.emptySortedMap())
                        .containsKey(mechanism.get())) {
            return refused(
                    ErrorCode.RESOURCE_NOT_FOUND,
                    "user " + user + " has no credential of " + mechanism.get());
        }
        if (repeated.contains(user)) {
            return refused(
                    ErrorCode.DUPLICATE_RESOURCE,
                    "user " + user + " is in the request more than once");
        }
        return null;
    }

    private static AdminResult<String> refused(ErrorCode error, String why) {
        return new AdminResult.Rejected<>(error, why);
    }

    /** RFC 5802: the password cannot be found from what is kept. */
    private static ScramCredential credential(ScramMechanism mechanism, SaltedPassword password) {
        try {
            byte[] clientKey = keyed(mechanism, password.salted(), "Client Key");
            return ScramCredential.of(
                    password.iterations(),
                    password.salt(),
                    MessageDigest.getInstance(mechanism.digest()).digest(clientKey),
                    keyed(mechanism, password.salted(), "Server Key"));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has " + mechanism.mac(), e);
        }
    }

    private static byte[] keyed(ScramMechanism mechanism, byte[] key, String text)
            throws GeneralSecurityException {
        Mac mac = Mac.getInstance(mechanism.mac());
        mac.init(new SecretKeySpec(key, mechanism.mac()));
        return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    }
}
