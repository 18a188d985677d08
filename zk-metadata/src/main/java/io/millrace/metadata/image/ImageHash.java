package io.millrace.metadata.image;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A fingerprint of an image: any two brokers must have the same one at the same offset. */
public final class ImageHash {
    private ImageHash() {}

    /** SHA-256 over position and content, as hexadecimal text. Costs a whole snapshot. */
    public static String of(MetadataImage image) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(
                    image.position().toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
            MetadataSnapshot.of(image).chunks().forEach(digest::update);
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
