package io.millrace.system.differential;

import static io.millrace.protocol.message.ApiKey.CREATE_DELEGATION_TOKEN;
import static io.millrace.protocol.message.ApiKey.DESCRIBE_DELEGATION_TOKEN;
import static io.millrace.protocol.message.ApiKey.EXPIRE_DELEGATION_TOKEN;
import static io.millrace.protocol.message.ApiKey.RENEW_DELEGATION_TOKEN;

import io.millrace.protocol.message.CreateDelegationTokenRequest;
import io.millrace.protocol.message.CreateDelegationTokenRequest.CreatableRenewers;
import io.millrace.protocol.message.DescribeDelegationTokenRequest;
import io.millrace.protocol.message.DescribeDelegationTokenRequest.DescribeDelegationTokenOwner;
import io.millrace.protocol.message.ExpireDelegationTokenRequest;
import io.millrace.protocol.message.RenewDelegationTokenRequest;
import java.util.List;

/** Delegation tokens, which a broker without a secret for them refuses. */
final class DelegationTokenSteps {
    private static final long HOUR_MS = 3_600_000;

    private DelegationTokenSteps() {}

    static List<Step> all() {
        return List.of(
                Step.of(1, DelegationTokenSteps::create, CREATE_DELEGATION_TOKEN),
                Step.of(1, DelegationTokenSteps::describe, DESCRIBE_DELEGATION_TOKEN),
                Step.of(1, DelegationTokenSteps::renew, RENEW_DELEGATION_TOKEN),
                Step.of(1, DelegationTokenSteps::expire, EXPIRE_DELEGATION_TOKEN));
    }

    private static void create(Sequence s) {
        s.ask(
                new CreateDelegationTokenRequest()
                        .ownerPrincipalType(s.oneOf("User", null, ""))
                        .ownerPrincipalName(s.oneOf("somebody", null))
                        .renewers(
                                List.of(
                                        new CreatableRenewers()
                                                .principalType(s.oneOf("User", "Robot"))
                                                .principalName("somebody")))
                        .maxLifetimeMs(s.oneOf(-1L, HOUR_MS)));
    }

    private static void describe(Sequence s) {
        s.ask(
                new DescribeDelegationTokenRequest()
                        .owners(
                                s.oneOf(
                                        null,
                                        List.of(),
                                        List.of(
                                                new DescribeDelegationTokenOwner()
                                                        .principalType("User")
                                                        .principalName("somebody")))));
    }

    private static void renew(Sequence s) {
        s.ask(
                new RenewDelegationTokenRequest()
                        .hmac(s.oneOf(new byte[0], new byte[] {1, 2, 3}))
                        .renewPeriodMs(s.oneOf(-1L, HOUR_MS)));
    }

    private static void expire(Sequence s) {
        s.ask(
                new ExpireDelegationTokenRequest()
                        .hmac(s.oneOf(new byte[0], new byte[] {1, 2, 3}))
                        .expiryTimePeriodMs(s.oneOf(-1L, HOUR_MS)));
    }
}
