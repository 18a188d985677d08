package io.millrace.connect.worker;

import java.util.List;

/**
 * The workers of a group as one of them sees it. Who owns a connector or task follows from the list
 * alone (highest hash of member and item wins), so all workers agree without being told, and when
 * the list changes only what must move moves.
 *
 * @param generation grows with every change
 * @param self this worker's id, {@code host:port}
 * @param all ids of all workers, this one included unless it was thrown out
 */
public record Members(int generation, String self, List<String> all) {
    public Members {
        all = List.copyOf(all);
    }

    /** Nobody yet: nothing is owned. */
    static Members none(String self) {
        return new Members(-1, self, List.of());
    }

    boolean owns(Object item) {
        return self.equals(ownerOf(item));
    }

    /** Empty text when there are no members. */
    String ownerOf(Object item) {
        String owner = "";
        long best = 0;
        for (String member : all) {
            long weight = mix(member + "/" + item);
            if (owner.isEmpty() || weight > best || weight == best && member.compareTo(owner) < 0) {
                owner = member;
                best = weight;
            }
        }
        return owner;
    }

    /** FNV-1a, then a finaliser so that near texts land far apart. */
    private static long mix(String text) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        }
        hash = (hash ^ hash >>> 33) * 0xff51afd7ed558ccdL;
        hash = (hash ^ hash >>> 33) * 0xc4ceb9fe1a85ec53L;
        return hash ^ hash >>> 33;
    }
}
