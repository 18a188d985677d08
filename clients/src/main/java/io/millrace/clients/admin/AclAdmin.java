package io.millrace.clients.admin;

import io.millrace.clients.cluster.Failures;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.CreateAclsRequest;
import io.millrace.protocol.message.CreateAclsRequest.AclCreation;
import io.millrace.protocol.message.DeleteAclsRequest;
import io.millrace.protocol.message.DeleteAclsRequest.DeleteAclsFilter;
import io.millrace.protocol.message.DeleteAclsResponse.DeleteAclsFilterResult;
import io.millrace.protocol.message.DescribeAclsRequest;
import io.millrace.protocol.message.DescribeAclsResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Who may do what. Brokers without an authorizer answer SECURITY_DISABLED. Any thread. */
public final class AclAdmin {
    private final AdminCalls calls;

    AclAdmin(AdminCalls calls) {
        this.calls = calls;
    }

    public CompletableFuture<List<Acl>> describe(AclFilter filter) {
        RequestFactory<DescribeAclsResponse> request =
                RequestFactory.of(
                        new DescribeAclsRequest()
                                .resourceTypeFilter(code(filter.resourceType()))
                                .resourceNameFilter(filter.resourceName().orElse(null))
                                .patternTypeFilter(code(filter.patternType()))
                                .principalFilter(filter.principal().orElse(null))
                                .hostFilter(filter.host().orElse(null))
                                .operation(code(filter.operation()))
                                .permissionType(code(filter.permission())));
        return calls.any(request, AclAdmin::read);
    }

    private static List<Acl> read(DescribeAclsResponse response) {
        AdminCalls.check(response.errorCode(), response.errorMessage(), "describing ACLs");
        List<Acl> found = new ArrayList<>();
        for (var resource : response.resources()) {
            for (var acl : resource.acls()) {
                found.add(
                        Acl.ofWire(
                                resource.resourceType(),
                                resource.resourceName(),
                                resource.patternType(),
                                acl.principal(),
                                acl.host(),
                                acl.operation(),
                                acl.permissionType()));
            }
        }
        return found;
    }

    public Keyed<Acl, Boolean> create(Collection<Acl> acls) {
        return ByKey.run(
                calls,
                acls,
                Place.controller(calls),
                (node, keys, answers) ->
                        calls.once(
                                        node,
                                        RequestFactory.of(
                                                new CreateAclsRequest()
                                                        .creations(
                                                                keys.stream()
                                                                        .map(AclAdmin::toWire)
                                                                        .toList())))
                                .thenAccept(
                                        response -> {
                                            // The answers are in the order of the questions.
                                            for (int i = 0; i < response.results().size(); i++) {
                                                var result = response.results().get(i);
                                                Acl acl = keys.get(i);
                                                ErrorCode error =
                                                        ErrorCode.forCode(result.errorCode());
                                                if (error.isError()) {
                                                    answers.failed(
                                                            acl,
                                                            Failures.of(
                                                                    error,
                                                                    "creating " + acl,
                                                                    text(
                                                                            error,
                                                                            result
                                                                                    .errorMessage())));
                                                } else {
                                                    answers.found(acl, true);
                                                }
                                            }
                                        }));
    }

    private static AclCreation toWire(Acl acl) {
        return new AclCreation()
                .resourceType(code(acl.resourceType()))
                .resourceName(acl.resourceName())
                .resourcePatternType(code(acl.patternType()))
                .principal(acl.principal())
                .host(acl.host())
                .operation(code(acl.operation()))
                .permissionType(code(acl.permission()));
    }

    /** Deletes what matches; the answers are what was deleted. */
    public Keyed<AclFilter, List<Acl>> delete(Collection<AclFilter> filters) {
        return ByKey.run(
                calls,
                filters,
                Place.controller(calls),
                (node, keys, answers) ->
                        calls.once(
                                        node,
                                        RequestFactory.of(
                                                new DeleteAclsRequest()
                                                        .filters(
                                                                keys.stream()
                                                                        .map(AclAdmin::toWire)
                                                                        .toList())))
                                .thenAccept(
                                        response -> {
                                            for (int i = 0;
                                                    i < response.filterResults().size();
                                                    i++) {
                                                read(
                                                        keys.get(i),
                                                        response.filterResults().get(i),
                                                        answers);
                                            }
                                        }));
    }

    private static DeleteAclsFilter toWire(AclFilter filter) {
        return new DeleteAclsFilter()
                .resourceTypeFilter(code(filter.resourceType()))
                .resourceNameFilter(filter.resourceName().orElse(null))
                .patternTypeFilter(code(filter.patternType()))
                .principalFilter(filter.principal().orElse(null))
                .hostFilter(filter.host().orElse(null))
                .operation(code(filter.operation()))
                .permissionType(code(filter.permission()));
    }

    private static void read(
            AclFilter filter,
            DeleteAclsFilterResult result,
            ByKey.Answers<AclFilter, List<Acl>> answers) {
        String doing = "deleting ACLs by " + filter;
        ErrorCode error = ErrorCode.forCode(result.errorCode());
        List<Acl> deleted = new ArrayList<>();
        String why = result.errorMessage();
        for (var acl : result.matchingAcls()) {
            if (!error.isError()) {
                error = ErrorCode.forCode(acl.errorCode());
                why = acl.errorMessage();
            }
            deleted.add(
                    Acl.ofWire(
                            acl.resourceType(),
                            acl.resourceName(),
                            acl.patternType(),
                            acl.principal(),
                            acl.host(),
                            acl.operation(),
                            acl.permissionType()));
        }
        if (error.isError()) {
            answers.failed(filter, Failures.of(error, doing, text(error, why)));
        } else {
            answers.found(filter, deleted);
        }
    }

    private static String text(ErrorCode error, @Nullable String said) {
        return said == null ? error.message() : said;
    }

    private static byte code(Enum<?> value) {
        return (byte) value.ordinal();
    }
}
