package io.millrace.simulation.history;

/** What every history must keep. */
public enum Invariant {
    L1("no acknowledged record is lost"),
    L2("one value per partition and offset, for everybody and forever"),
    L3("an idempotent producer's value lies at one offset"),
    L4("a session's records lie in the order in which it sent them"),
    L5("what was shown once is shown always; what leaders show never goes back"),
    L6("in-sync replicas are identical below the high watermark"),
    L7("equal offset and leader epoch: the same batch on every replica"),
    L8("leader epochs in a log do not decrease"),
    L9("one broker acknowledges in one leader epoch"),
    L10("an acknowledged write had enough in-sync replicas"),
    L11("the latest offset is above what was acknowledged before, not above what is written after"),
    L12("appends and reads agree with real time"),
    L13("the offset for a time is the first record of that time or later"),
    L14(
            "no deposed leader gives a latest offset (its leader epoch tells it from a current"
                    + " one)",
            false),
    T1("read_committed shows nothing that was aborted or not yet committed"),
    T2("a transaction is seen wholly or not at all, with its offsets"),
    T3("no cycle of transactions that read from each other"),
    T4("a fenced producer changes nothing"),
    T5("no transaction hangs: the last stable offset reaches the high watermark"),
    T6("producer ids are unique"),
    T7("sequence numbers survive a change of leader"),
    C1("a reader neither skips nor goes back"),
    C2("what lies before a committed offset was delivered"),
    C3("committed offsets do not go back, nor does an old generation commit"),
    C4("no partition has two owners in one generation"),
    C5("a committed offset that is fetched is not older than one acknowledged before"),
    M1("images of one offset are equal"),
    M2("an image never goes back"),
    M3("no metadata record of an older controller epoch follows one of a newer"),
    M4("leader epochs neither repeat nor decrease"),
    M6("leaders come from the in-sync or eligible replicas, unless marked unclean"),
    M7("nobody acts on leadership older than its own registration"),
    M8("an acknowledged change is visible at its offset and after");

    private final String rule;
    private final boolean promised;

    Invariant(String rule) {
        this(rule, true);
    }

    Invariant(String rule, boolean promised) {
        this.rule = rule;
        this.promised = promised;
    }

    /** Whether Kafka's protocol promises it; what it does not promise is told, not condemned. */
    public boolean isPromised() {
        return promised;
    }

    public String rule() {
        return rule;
    }
}
