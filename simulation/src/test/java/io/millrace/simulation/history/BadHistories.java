package io.millrace.simulation.history;

import java.util.ArrayList;
import java.util.List;

/** Stories, each with the one invariant that it breaks. */
final class BadHistories {
    private final List<Bad> all = new ArrayList<>();

    record Bad(Invariant breaks, String title, Story story) {
        @Override
        public String toString() {
            return breaks + ": " + title;
        }
    }

    Story add(Invariant breaks, String title) {
        all.add(new Bad(breaks, title, new Story()));
        return last();
    }

    Story last() {
        return all.get(all.size() - 1).story();
    }

    static List<Bad> all() {
        BadHistories bad = new BadHistories();
        KnownBadHistories.logs(bad);
        KnownBadHistories.transactions(bad);
        MoreBadHistories.replicas(bad);
        MoreBadHistories.groups(bad);
        MoreBadHistories.metadata(bad);
        return bad.all;
    }
}
