package io.millrace.broker.log;

import java.io.IOException;

/** A read or a look-up came upon bytes that are not what was written. */
public final class DamagedLogException extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient LogDamage damage;

    public DamagedLogException(LogDamage damage) {
        super(damage.toString());
        this.damage = damage;
    }

    public LogDamage damage() {
        return damage;
    }
}
