package io.millrace.streams.task;

import io.millrace.streams.errors.HandlerResponse;
import io.millrace.streams.errors.TaskFencedException;
import io.millrace.streams.processor.StateStore;
import io.millrace.streams.processor.api.Processor;
import io.millrace.streams.processor.api.Record;
import java.util.Map;

/** Runs a processor; what it throws goes to the processing exception handler. */
final class ProcessorNode extends Node {
    private final TaskState state;
    private final Processor<Object, Object, Object, Object> processor;
    private final NodeContext context;

    @SuppressWarnings("unchecked") // types were checked where the topology was declared
    ProcessorNode(
            String name,
            TaskState state,
            Processor<?, ?, ?, ?> processor,
            Map<String, StateStore> stores,
            Task task) {
        super(name);
        this.state = state;
        this.processor = (Processor<Object, Object, Object, Object>) processor;
        this.context = new NodeContext(this, state, stores, task);
    }

    @Override
    void init() {
        processor.init(context);
    }

    @Override
    @SuppressWarnings("unchecked") // types were checked where the topology was declared
    void process(Record<?, ?> record) {
        try {
            processor.process((Record<Object, Object>) record);
        } catch (TaskFailure | TaskFencedException e) {
            throw e;
        } catch (ClassCastException e) {
            failed(record, withHint(e));
        } catch (RuntimeException e) {
            failed(record, e);
        }
    }

    private void failed(Record<?, ?> record, RuntimeException error) {
        HandlerResponse response =
                state.config
                        .plugins()
                        .processingHandler()
                        .handle(state.errorContext(name), record, error);
        if (response == HandlerResponse.FAIL) {
            throw new TaskFailure(
                    state.where() + ", node " + name + ": " + error.getMessage(), error);
        }
    }

    private static RuntimeException withHint(ClassCastException e) {
        return new ClassCastException(
                e.getMessage()
                        + " (does the serde of the stream fit its type? name serdes with Consumed,"
                        + " Grouped, Materialized…)");
    }

    @Override
    void close() {
        processor.close();
    }
}
