package io.millrace.broker.controller;

import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.MetadataImage;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the controller of one term has heard of the brokers, and nobody else needs to know: when
 * each beat last, how often it was fenced while it lived, and whose address refuses connections.
 * Times are milliseconds of one clock. Owned by the controller's loop; decides, does nothing.
 *
 * <p>A broker with a session that does not beat is half dead: its process hangs, or nobody but
 * ZooKeeper reaches it. And one that is fenced again and again in the same life comes back later
 * each time, since each coming and going moves leaders.
 */
final class BrokerWatch {
    /** Delay of the second return; doubles with each further one. */
    static final long FIRST_DELAY_MS = 1_000;

    static final long MAX_DELAY_MS = 60_000;

    /** A broker that stayed this long is taken for stable again. */
    static final long STABLE_MS = 600_000;

    /** How long a refused connection counts for somebody who becomes controller after it. */
    static final long REFUSAL_MS = 5_000;

    /** Before the same controller is deposed again by the same broker; doubles each time. */
    static final long FIRST_DEPOSAL_MS = 5_000;

    private final long staleMs;
    private final Map<Integer, Heard> heard = new HashMap<>();
    private final Map<Integer, Refusal> refusals = new HashMap<>();
    private final Map<Integer, Deposal> deposals = new HashMap<>();

    /** {@code staleMs}: silence after which a broker is fenced although its session lives. */
    BrokerWatch(long staleMs) {
        this.staleMs = staleMs;
    }

    private static final class Heard {
        private final long brokerEpoch;
        private long beatAt;
        private long fencedAt;
        private long admitAt;
        private int fencings;

        Heard(long brokerEpoch, long now) {
            this.brokerEpoch = brokerEpoch;
            this.beatAt = now;
            this.admitAt = now;
        }
    }

    private record Refusal(long brokerEpoch, long at) {}

    private record Deposal(long brokerEpoch, long at, int times) {}

    /** A term began: everybody has the whole time again. */
    void restart(MetadataImage image, long now) {
        heard.clear();
        image.brokers().values().forEach(broker -> of(broker.id(), broker.epoch(), now));
    }

    private Heard of(int brokerId, long brokerEpoch, long now) {
        Heard known = heard.get(brokerId);
        if (known == null || known.brokerEpoch != brokerEpoch) {
            known = new Heard(brokerEpoch, now);
            heard.put(brokerId, known);
        }
        return known;
    }

    void beat(int brokerId, long brokerEpoch, long now) {
        of(brokerId, brokerEpoch, now).beatAt = now;
        refusals.remove(brokerId);
    }

    /** This controller did not look for so long: nobody is to blame for that time. */
    void excuse(long ms) {
        heard.values().forEach(known -> known.beatAt += ms);
    }

    /**
     * Whether a controller whose address refuses this broker may be deposed by it now; notes that
     * it was. One that lives behind a firewall which rejects us must not be deposed for ever.
     */
    boolean mayDepose(int brokerId, long brokerEpoch, long now) {
        Deposal last = deposals.get(brokerId);
        boolean same = last != null && last.brokerEpoch == brokerEpoch;
        int times = last == null || !same ? 0 : last.times;
        if (last != null && same) {
            long pause = FIRST_DEPOSAL_MS << Math.min(times - 1, 10);
            if (now - last.at < pause) {
                return false;
            }
        }
        deposals.put(brokerId, new Deposal(brokerEpoch, now, times + 1));
        return true;
    }

    /** A broker was fenced that did not ask for it. */
    void fenced(BrokerImage broker, long now) {
        Heard known = of(broker.id(), broker.epoch(), now);
        if (now - known.fencedAt > STABLE_MS) {
            known.fencings = 0;
        }
        known.fencings++;
        known.fencedAt = now;
        int doublings = Math.min(known.fencings - 2, 10);
        known.admitAt =
                known.fencings == 1
                        ? now
                        : now + Math.min(MAX_DELAY_MS, FIRST_DELAY_MS << doublings);
    }

    /** Whether it may come back now. */
    boolean admits(int brokerId, long brokerEpoch, long now) {
        Heard known = heard.get(brokerId);
        return known == null || known.brokerEpoch != brokerEpoch || now >= known.admitAt;
    }

    /** Nobody listens at its address. */
    void refused(int brokerId, long brokerEpoch, long now) {
        refusals.put(brokerId, new Refusal(brokerEpoch, now));
    }

    /** Whether its address refused a connection just now. */
    boolean isRefused(BrokerImage broker, long now) {
        Refusal refusal = refusals.get(broker.id());
        return refusal != null
                && broker.epoch() == refusal.brokerEpoch
                && now - refusal.at <= REFUSAL_MS;
    }

    /** Brokers to be fenced: without a session, silent, or with nobody at their address. */
    Set<Integer> dead(MetadataImage image, @Nullable Set<Integer> withSession, long now) {
        Set<Integer> dead = new TreeSet<>();
        for (BrokerImage broker : image.brokers().values()) {
            boolean gone = withSession != null && !withSession.contains(broker.id());
            boolean silent = now - of(broker.id(), broker.epoch(), now).beatAt > staleMs;
            if (!broker.fenced() && (gone || silent || isRefused(broker, now))) {
                dead.add(broker.id());
            }
        }
        return dead;
    }
}
