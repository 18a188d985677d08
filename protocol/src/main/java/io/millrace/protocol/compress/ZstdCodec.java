package io.millrace.protocol.compress;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;
import java.nio.ByteBuffer;

/**
 * Zstandard frames. The native contexts are large and costly to make, so each thread keeps one of
 * each kind.
 */
final class ZstdCodec implements Codec {
    private static final int CHUNK_BYTES = 64 * 1024;

    private static final FastThreadLocal<ZstdCompressCtx> COMPRESS =
            new FastThreadLocal<>() {
                @Override
                protected ZstdCompressCtx initialValue() {
                    return new ZstdCompressCtx();
                }

                @Override
                protected void onRemoval(ZstdCompressCtx context) {
                    context.close();
                }
            };

    private static final FastThreadLocal<ZstdDecompressCtx> DECOMPRESS =
            new FastThreadLocal<>() {
                @Override
                protected ZstdDecompressCtx initialValue() {
                    return new ZstdDecompressCtx();
                }

                @Override
                protected void onRemoval(ZstdDecompressCtx context) {
                    context.close();
                }
            };

    @Override
    public void compress(ByteBuf in, ByteBuf out, int level) {
        ZstdCompressCtx context = COMPRESS.get();
        context.setLevel(level == DEFAULT_LEVEL ? Zstd.defaultCompressionLevel() : level);
        int bound = Math.toIntExact(Zstd.compressBound(in.readableBytes()));
        NativeBuffers.withDirect(
                in,
                source ->
                        NativeBuffers.append(
                                out, bound, target -> context.compress(target, source)));
    }

    @Override
    public void decompress(ByteBuf in, ByteBuf out, int maxOutputBytes) {
        ZstdDecompressCtx context = DECOMPRESS.get();
        context.reset();
        try {
            NativeBuffers.withDirect(in, source -> inflate(context, source, out, maxOutputBytes));
        } catch (ZstdException e) {
            throw new DecompressionException(
                    "zstd: " + in.readableBytes() + " bytes cannot be read: " + e.getMessage(), e);
        }
    }

    private static int inflate(
            ZstdDecompressCtx context, ByteBuffer source, ByteBuf out, int maxOutputBytes) {
        int compressedBytes = source.remaining();
        int total = 0;
        boolean frameEnded = true;
        while (true) {
            boolean[] ended = {false};
            int written =
                    NativeBuffers.append(
                            out,
                            CHUNK_BYTES,
                            target -> {
                                int start = target.position();
                                ended[0] = context.decompressDirectByteBufferStream(target, source);
                                return target.position() - start;
                            });
            total += written;
            if (total > maxOutputBytes) {
                throw new DecompressionLimitException("zstd", compressedBytes, maxOutputBytes);
            }
            frameEnded = ended[0];
            if (!source.hasRemaining() && (frameEnded || written < CHUNK_BYTES)) {
                break;
            }
        }
        if (!frameEnded) {
            throw new DecompressionException(
                    "zstd: frame of " + compressedBytes + " bytes ends too early");
        }
        return total;
    }
}
