package io.millrace.clients.admin;

import io.millrace.clients.cluster.Node;
import java.util.List;

/**
 * A group and its members. A group that does not exist has the state {@code Dead}.
 *
 * @param assignor name of the assignor in use; empty text if none
 */
public record GroupDescription(
        String groupId,
        String protocolType,
        String state,
        String assignor,
        Node coordinator,
        List<MemberDescription> members) {
    public GroupDescription {
        members = List.copyOf(members);
    }
}
