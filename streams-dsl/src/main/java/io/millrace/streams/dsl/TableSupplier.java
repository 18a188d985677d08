package io.millrace.streams.dsl;

import io.millrace.streams.processor.api.ProcessorSupplier;

/**
 * Makes the processor that updates a table. Nodes declared later may still ask it for more (old
 * values, a store), as processors are only made once the job starts.
 *
 * @param <K> key read
 * @param <V> value read
 * @param <KT> key of the table
 * @param <VT> value of the table
 */
interface TableSupplier<K, V, KT, VT> extends ProcessorSupplier<K, V, KT, Change<VT>> {

    /** How other nodes look up rows. May create the store they are looked up in. */
    TableView.Supplier<KT, VT> view();

    /**
     * Asks for old values in updates.
     *
     * @param force create a store if there is none to take them from
     * @return whether they will come
     */
    boolean sendOldValues(boolean force);
}
