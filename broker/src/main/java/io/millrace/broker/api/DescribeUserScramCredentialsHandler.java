package io.millrace.broker.api;

import io.millrace.broker.controller.MetadataView;
import io.millrace.metadata.record.ScramCredential;
import io.millrace.metadata.record.ScramMechanism;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.DescribeUserScramCredentialsRequest;
import io.millrace.protocol.message.DescribeUserScramCredentialsRequest.UserName;
import io.millrace.protocol.message.DescribeUserScramCredentialsResponse;
import io.millrace.protocol.message.DescribeUserScramCredentialsResponse.CredentialInfo;
import io.millrace.protocol.message.DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Tells which users have credentials, by mechanism; never the credentials. */
final class DescribeUserScramCredentialsHandler
        implements ApiHandler<
                DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse> {
    private final MetadataView metadata;

    DescribeUserScramCredentialsHandler(MetadataView metadata) {
        this.metadata = metadata;
    }

    @Override
    public CompletableFuture<DescribeUserScramCredentialsResponse> handle(
            RequestContext context, DescribeUserScramCredentialsRequest request) {
        var known = metadata.image().clients().credentials();
        List<DescribeUserScramCredentialsResult> results = new ArrayList<>();
        List<UserName> users = request.users();
        if (users == null || users.isEmpty()) {
            known.forEach((user, credentials) -> results.add(found(user, credentials)));
        } else {
            Map<String, Integer> asked = new LinkedHashMap<>();
            users.forEach(user -> asked.merge(user.name(), 1, Integer::sum));
            asked.forEach((user, times) -> results.add(result(user, times, known.get(user))));
        }
        return CompletableFuture.completedFuture(
                new DescribeUserScramCredentialsResponse().results(results));
    }

    @Override
    public DescribeUserScramCredentialsResponse failure(
            RequestContext context,
            DescribeUserScramCredentialsRequest request,
            ErrorCode error,
            String message) {
        return new DescribeUserScramCredentialsResponse()
                .errorCode(error.code())
                .errorMessage(message);
    }

    private static DescribeUserScramCredentialsResult result(
            String user,
            int times,
            @Nullable SortedMap<ScramMechanism, ScramCredential> credentials) {
        if (times > 1) {
            return failed(
                    user,
                    ErrorCode.DUPLICATE_RESOURCE,
                    "user " + user + " is in the request more than once");
        }
        return credentials == null
                ? failed(user, ErrorCode.RESOURCE_NOT_FOUND, "user " + user + " has no credentials")
                : found(user, credentials);
    }

    private static DescribeUserScramCredentialsResult failed(
            String user, ErrorCode error, String why) {
        return new DescribeUserScramCredentialsResult()
                .user(user)
                .errorCode(error.code())
                .errorMessage(why);
    }

    private static DescribeUserScramCredentialsResult found(
            String user, SortedMap<ScramMechanism, ScramCredential> credentials) {
        List<CredentialInfo> infos = new ArrayList<>();
        credentials.forEach(
                (mechanism, credential) ->
                        infos.add(
                                new CredentialInfo()
                                        .mechanism((byte) mechanism.id())
                                        .iterations(credential.iterations())));
        return new DescribeUserScramCredentialsResult().user(user).credentialInfos(infos);
    }
}
