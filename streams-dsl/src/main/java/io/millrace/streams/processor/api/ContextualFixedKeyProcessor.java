package io.millrace.streams.processor.api;

/** A fixed-key processor that remembers its context. */
public abstract class ContextualFixedKeyProcessor<KIn, VIn, VOut>
        implements FixedKeyProcessor<KIn, VIn, VOut> {
    @SuppressWarnings("NullAway.Init") // set by init before anything else is called
    private FixedKeyProcessorContext<KIn, VOut> context;

    @Override
    public void init(FixedKeyProcessorContext<KIn, VOut> context) {
        this.context = context;
    }

    protected final FixedKeyProcessorContext<KIn, VOut> context() {
        return context;
    }
}
