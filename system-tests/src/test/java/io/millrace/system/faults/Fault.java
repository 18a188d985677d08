package io.millrace.system.faults;

/** Something bad that is done to a cluster and undone again. */
interface Fault {
    String name();

    void begin();

    /** Makes whole what {@link #begin} broke. */
    void end();

    static Fault of(String name, Runnable begin, Runnable end) {
        return new Fault() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public void begin() {
                begin.run();
            }

            @Override
            public void end() {
                end.run();
            }

            @Override
            public String toString() {
                return name;
            }
        };
    }
}
