package io.millrace.streams.dsl;

import io.millrace.streams.kstream.Branched;
import io.millrace.streams.kstream.BranchedKStream;
import io.millrace.streams.kstream.KStream;
import io.millrace.streams.kstream.Predicate;
import io.millrace.streams.processor.api.Processor;
import io.millrace.streams.processor.api.ProcessorContext;
import io.millrace.streams.processor.api.ProcessorSupplier;
import io.millrace.streams.processor.api.Record;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Branches of a stream, while they are declared: each is a child node, named after its number. */
final class DslBranches<K, V> implements BranchedKStream<K, V> {
    private final DslStream<K, V> from;
    private final String node;
    private final List<Predicate<? super K, ? super V>> predicates = new ArrayList<>();
    private final List<String> children = new ArrayList<>();
    private final Map<String, KStream<K, V>> branches = new LinkedHashMap<>();

    DslBranches(DslStream<K, V> from, String node) {
        this.from = from;
        this.node = node;
        ProcessorSupplier<K, V, K, V> routing = () -> new Routing(predicates, children);
        from.graph().processor(node, List.of(from.name()), routing);
    }

    @Override
    public BranchedKStream<K, V> branch(Predicate<? super K, ? super V> predicate) {
        return branch(predicate, new Branched<>(null, null, null));
    }

    @Override
    public BranchedKStream<K, V> branch(
            Predicate<? super K, ? super V> predicate, Branched<K, V> branched) {
        predicates.add(predicate);
        add(branched, String.valueOf(predicates.size()));
        return this;
    }

    @Override
    public Map<String, KStream<K, V>> defaultBranch() {
        return defaultBranch(new Branched<>(null, null, null));
    }

    @Override
    public Map<String, KStream<K, V>> defaultBranch(Branched<K, V> branched) {
        add(branched, "0");
        return noDefaultBranch();
    }

    @Override
    public Map<String, KStream<K, V>> noDefaultBranch() {
        return Collections.unmodifiableMap(branches);
    }

    private void add(Branched<K, V> branched, String number) {
        String suffix = branched.name() == null ? number : branched.name();
        String child = node + suffix;
        from.graph().newName("KSTREAM-BRANCHCHILD-"); // a number is used up (rule 37)
        from.graph().processor(child, List.of(node), Stateless.<K, V>forward());
        children.add(child);
        DslStream<K, V> stream =
                new DslStream<>(
                        from.graph(),
                        child,
                        from.sources(),
                        from.keyChanged(),
                        from.keySerde(),
                        from.valueSerde());
        Function<? super KStream<K, V>, ? extends KStream<K, V>> chain = branched.chain();
        Consumer<KStream<K, V>> consumer = branched.consumer();
        if (consumer != null) {
            consumer.accept(stream);
        } else if (chain != null) {
            KStream<K, V> made = chain.apply(stream);
            if (made != null) {
                branches.put(child, made);
            }
        } else {
            branches.put(child, stream);
        }
    }

    /** Sends each record to the first child whose predicate takes it, else to the default one. */
    private final class Routing implements Processor<K, V, K, V> {
        private final List<Predicate<? super K, ? super V>> tests;
        private final List<String> targets;
        private @Nullable ProcessorContext<K, V> context;

        Routing(List<Predicate<? super K, ? super V>> tests, List<String> targets) {
            this.tests = List.copyOf(tests);
            this.targets = List.copyOf(targets);
        }

        @Override
        public void init(ProcessorContext<K, V> context) {
            this.context = context;
        }

        @Override
        public void process(Record<K, V> record) {
            if (context == null) {
                throw new IllegalStateException("process before init");
            }
            for (int i = 0; i < tests.size(); i++) {
                if (tests.get(i).test(record.key(), record.value())) {
                    context.forward(record, targets.get(i));
                    return;
                }
            }
            if (targets.size() > tests.size()) {
                context.forward(record, targets.get(tests.size()));
            }
        }
    }
}
