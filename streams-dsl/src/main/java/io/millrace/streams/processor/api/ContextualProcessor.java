package io.millrace.streams.processor.api;

/** A processor that remembers its context. */
public abstract class ContextualProcessor<KIn, VIn, KOut, VOut>
        implements Processor<KIn, VIn, KOut, VOut> {
    @SuppressWarnings("NullAway.Init") // set by init before anything else is called
    private ProcessorContext<KOut, VOut> context;

    @Override
    public void init(ProcessorContext<KOut, VOut> context) {
        this.context = context;
    }

    protected final ProcessorContext<KOut, VOut> context() {
        return context;
    }
}
