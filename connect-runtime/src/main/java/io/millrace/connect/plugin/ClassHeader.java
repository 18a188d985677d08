package io.millrace.connect.plugin;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The part of a class file that says what a class is, read without loading the class: many plugin
 * jars hold classes whose dependencies are missing, and linking those would fail.
 *
 * @param name binary name
 * @param superName binary name of the super class; null for {@code Object} and module descriptors
 * @param interfaces binary names
 * @param instantiable public, not abstract, not an interface
 */
record ClassHeader(
        String name, @Nullable String superName, List<String> interfaces, boolean instantiable) {
    private static final int MAGIC = 0xCAFEBABE;
    private static final int ACC_PUBLIC = 0x0001;
    private static final int ACC_INTERFACE = 0x0200;
    private static final int ACC_ABSTRACT = 0x0400;

    /**
     * Reads the header; the stream is left in the middle. Layout: JVM specification §4.1 and §4.4.
     */
    static ClassHeader read(InputStream stream) throws IOException {
        DataInputStream in = new DataInputStream(stream);
        if (in.readInt() != MAGIC) {
            throw new IOException("not a class file");
        }
        in.readInt(); // version
        int count = in.readUnsignedShort();
        @Nullable String[] texts = new String[count];
        int[] classes = new int[count];
        for (int i = 1; i < count; i++) {
            int tag = in.readUnsignedByte();
            switch (tag) {
                case 1 -> texts[i] = in.readUTF();
                case 7 -> classes[i] = in.readUnsignedShort();
                case 8, 16, 19, 20 -> in.readUnsignedShort();
                case 15 -> in.skipNBytes(3);
                case 3, 4, 9, 10, 11, 12, 17, 18 -> in.readInt();
                case 5, 6 -> {
                    in.readLong();
                    i++; // eight-byte constants take two places
                }
                default -> throw new IOException("constant pool has unknown tag " + tag);
            }
        }
        int access = in.readUnsignedShort();
        String name = className(texts, classes, in.readUnsignedShort());
        int superIndex = in.readUnsignedShort();
        int interfaceCount = in.readUnsignedShort();
        List<String> interfaces = new ArrayList<>(interfaceCount);
        for (int i = 0; i < interfaceCount; i++) {
            interfaces.add(className(texts, classes, in.readUnsignedShort()));
        }
        boolean instantiable =
                (access & ACC_PUBLIC) != 0 && (access & (ACC_ABSTRACT | ACC_INTERFACE)) == 0;
        String superName = superIndex == 0 ? null : className(texts, classes, superIndex);
        return new ClassHeader(name, superName, List.copyOf(interfaces), instantiable);
    }

    private static String className(@Nullable String[] texts, int[] classes, int index)
            throws IOException {
        String text = texts[classes[index]];
        if (text == null) {
            throw new IOException("constant " + index + " names no class");
        }
        return text.replace('/', '.');
    }
}
