package io.millrace.system.faults;

/** What lies between the processes of a cluster and its clients. */
interface Network extends AutoCloseable {

    /** A new place for a process. */
    Place place(String name);

    /** Where the clients are: this process. */
    Place clients();

    /** A port for a server at the place. */
    int port(Place place, int preferred);

    /** Whether {@link #cut} is possible here. */
    boolean canCut();

    /**
     * From now on what {@code from} sends to {@code to} vanishes without a trace; not the reverse.
     */
    void cut(Place from, Place to);

    /** Ends all cuts. */
    void heal();

    @Override
    void close();

    /** Both ways. */
    default void separate(Place one, Place other) {
        cut(one, other);
        cut(other, one);
    }

    static Network open() {
        return NamespaceNetwork.isPossible() ? new NamespaceNetwork() : new LoopbackNetwork();
    }
}
