package io.millrace.clients.admin;

import io.millrace.clients.admin.Acl.Operation;
import io.millrace.clients.admin.Acl.PatternType;
import io.millrace.clients.admin.Acl.Permission;
import io.millrace.clients.admin.Acl.ResourceType;
import java.util.Optional;

/** Which ACLs are meant; {@code ANY} and empty do not restrict. */
public record AclFilter(
        ResourceType resourceType,
        Optional<String> resourceName,
        PatternType patternType,
        Optional<String> principal,
        Optional<String> host,
        Operation operation,
        Permission permission) {
    public static final AclFilter ALL =
            new AclFilter(
                    ResourceType.ANY,
                    Optional.empty(),
                    PatternType.ANY,
                    Optional.empty(),
                    Optional.empty(),
                    Operation.ANY,
                    Permission.ANY);

    /** Exactly this one. */
    public static AclFilter of(Acl acl) {
        return new AclFilter(
                acl.resourceType(),
                Optional.of(acl.resourceName()),
                acl.patternType(),
                Optional.of(acl.principal()),
                Optional.of(acl.host()),
                acl.operation(),
                acl.permission());
    }
}
