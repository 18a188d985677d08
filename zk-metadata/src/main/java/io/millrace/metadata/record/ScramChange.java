package io.millrace.metadata.record;

import org.jspecify.annotations.Nullable;

/**
 * A user's credential was set or removed.
 *
 * @param credential null removes it
 */
public record ScramChange(
        String user, ScramMechanism mechanism, @Nullable ScramCredential credential)
        implements MetadataRecord {

    @Override
    public RecordType type() {
        return RecordType.SCRAM_CHANGE;
    }

    @Override
    public void writeBody(RecordOutput out) {
        out.writeString(user);
        out.writeInt(mechanism.id());
        out.writeBoolean(credential != null);
        if (credential != null) {
            out.writeInt(credential.iterations());
            out.writeString(credential.salt());
            out.writeString(credential.storedKey());
            out.writeString(credential.serverKey());
        }
    }

    static ScramChange readBody(RecordInput in) {
        String user = in.readString();
        int id = in.readInt();
        ScramMechanism mechanism =
                ScramMechanism.of(id)
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "SCRAM mechanism " + id + " is unknown"));
        return new ScramChange(
                user,
                mechanism,
                in.readBoolean()
                        ? new ScramCredential(
                                in.readInt(), in.readString(), in.readString(), in.readString())
                        : null);
    }
}
