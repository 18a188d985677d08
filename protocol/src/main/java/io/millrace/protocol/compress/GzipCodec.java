package io.millrace.protocol.compress;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.ByteBufOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** RFC 1952, one or more members. */
final class GzipCodec implements Codec {
    private static final int CHUNK_BYTES = 8 * 1024;

    @Override
    public void compress(ByteBuf in, ByteBuf out, int level) {
        int chosen = level == DEFAULT_LEVEL ? Deflater.DEFAULT_COMPRESSION : level;
        try (LevelledGzip gzip = new LevelledGzip(new ByteBufOutputStream(out), chosen)) {
            in.getBytes(in.readerIndex(), gzip, in.readableBytes());
        } catch (IOException e) {
            throw new IllegalStateException("gzip: writing to memory failed", e);
        }
    }

    @Override
    public void decompress(ByteBuf in, ByteBuf out, int maxOutputBytes) {
        int start = out.writerIndex();
        byte[] chunk = new byte[CHUNK_BYTES];
        try (GZIPInputStream gzip =
                new GZIPInputStream(new ByteBufInputStream(in.duplicate()), CHUNK_BYTES)) {
            int count;
            while ((count = gzip.read(chunk)) >= 0) {
                if (out.writerIndex() - start + count > maxOutputBytes) {
                    throw new DecompressionLimitException(
                            "gzip", in.readableBytes(), maxOutputBytes);
                }
                out.writeBytes(chunk, 0, count);
            }
        } catch (IOException e) {
            throw new DecompressionException(
                    "gzip: " + in.readableBytes() + " bytes cannot be read: " + e.getMessage(), e);
        }
    }

    private static final class LevelledGzip extends GZIPOutputStream {
        LevelledGzip(OutputStream out, int level) throws IOException {
            super(out, CHUNK_BYTES);
            def.setLevel(level);
        }
    }
}
