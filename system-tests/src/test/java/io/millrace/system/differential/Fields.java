package io.millrace.system.differential;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The fields of generated message classes, in the schema's order, by reflection. */
final class Fields {
    private static final Map<Class<?>, List<Field>> KNOWN = new ConcurrentHashMap<>();

    private Fields() {}

    static List<Field> of(Class<?> type) {
        return KNOWN.computeIfAbsent(type, Fields::read);
    }

    /** Whether the value is a message or one of its structures. */
    static boolean isStruct(Object value) {
        return value != null
                && !value.getClass().isEnum()
                && value.getClass().getPackageName().equals("io.millrace.protocol.message");
    }

    static Object get(Field field, Object owner) {
        try {
            return field.get(owner);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    static void set(Field field, Object owner, Object value) {
        try {
            field.set(owner, value);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Puts a field back to its schema's default, wherever the structure occurs below the root. */
    static void reset(Object root, String struct, String name) {
        if (root instanceof List<?> list) {
            list.forEach(element -> reset(element, struct, name));
        }
        if (!isStruct(root)) {
            return;
        }
        for (Field field : of(root.getClass())) {
            if (root.getClass().getSimpleName().equals(struct) && field.getName().equals(name)) {
                set(field, root, get(field, fresh(root.getClass())));
            } else {
                reset(get(field, root), struct, name);
            }
        }
    }

    private static Object fresh(Class<?> type) {
        try {
            var constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            return constructor.newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Field> read(Class<?> type) {
        List<Field> fields = new ArrayList<>();
        for (Field field : type.getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers())) {
                field.setAccessible(true);
                fields.add(field);
            }
        }
        return fields;
    }
}
