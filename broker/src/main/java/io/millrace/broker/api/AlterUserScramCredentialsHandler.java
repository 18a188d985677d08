package io.millrace.broker.api;

import io.millrace.broker.controller.AdminResult;
import io.millrace.broker.controller.ControllerApi;
import io.millrace.broker.controller.ScramAlteration;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.AlterUserScramCredentialsRequest;
import io.millrace.protocol.message.AlterUserScramCredentialsResponse;
import io.millrace.protocol.message.AlterUserScramCredentialsResponse.AlterUserScramCredentialsResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Sets and removes credentials of users, through the controller. */
final class AlterUserScramCredentialsHandler
        implements ApiHandler<AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse> {
    private final ControllerApi controller;

    AlterUserScramCredentialsHandler(ControllerApi controller) {
        this.controller = controller;
    }

    @Override
    public CompletableFuture<AlterUserScramCredentialsResponse> handle(
            RequestContext context, AlterUserScramCredentialsRequest request) {
        return controller
                .alterCredentials(asked(request))
                .thenApply(
                        results -> {
                            List<AlterUserScramCredentialsResult> answers = new ArrayList<>();
                            results.forEach(
                                    (user, result) ->
                                            answers.add(
                                                    result
                                                                    instanceof
                                                                    AdminResult.Rejected<String>
                                                                            rejected
                                                            ? answer(
                                                                    user,
                                                                    rejected.error(),
                                                                    rejected.why())
                                                            : answer(user, ErrorCode.NONE, null)));
                            return new AlterUserScramCredentialsResponse().results(answers);
                        });
    }

    @Override
    public AlterUserScramCredentialsResponse failure(
            RequestContext context,
            AlterUserScramCredentialsRequest request,
            ErrorCode error,
            String message) {
        return new AlterUserScramCredentialsResponse()
                .results(
                        asked(request).stream()
                                .map(ScramAlteration::user)
                                .distinct()
                                .map(user -> answer(user, error, message))
                                .toList());
    }

    private static List<ScramAlteration> asked(AlterUserScramCredentialsRequest request) {
        List<ScramAlteration> asked = new ArrayList<>();
        request.upsertions()
                .forEach(
                        u ->
                                asked.add(
                                        new ScramAlteration(
                                                u.name(),
                                                u.mechanism(),
                                                new ScramAlteration.SaltedPassword(
                                                        u.iterations(),
                                                        u.salt(),
                                                        u.saltedPassword()))));
        request.deletions()
                .forEach(d -> asked.add(new ScramAlteration(d.name(), d.mechanism(), null)));
        return asked;
    }

    private static AlterUserScramCredentialsResult answer(
            String user, ErrorCode error, @Nullable String why) {
        return new AlterUserScramCredentialsResult()
                .user(user)
                .errorCode(error.code())
                .errorMessage(why);
    }
}
