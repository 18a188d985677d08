package io.millrace.broker.group;

import java.util.Arrays;
import java.util.Locale;

/** In which directions a group may change its protocol while members are in it. */
public enum MigrationPolicy {
    BIDIRECTIONAL(true, true),
    UPGRADE(true, false),
    DOWNGRADE(false, true),
    DISABLED(false, false);

    private final boolean upgrade;
    private final boolean downgrade;

    MigrationPolicy(boolean upgrade, boolean downgrade) {
        this.upgrade = upgrade;
        this.downgrade = downgrade;
    }

    /** From classic to consumer. */
    public boolean allowsUpgrade() {
        return upgrade;
    }

    /** From consumer to classic. */
    public boolean allowsDowngrade() {
        return downgrade;
    }

    /** Whether a policy is called so, in any case of letters. */
    static boolean isName(String name) {
        return Arrays.stream(values()).anyMatch(policy -> policy.name().equalsIgnoreCase(name));
    }

    /** The policy of that name. */
    static MigrationPolicy of(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }
}
