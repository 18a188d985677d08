package io.millrace.system.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Where one server keeps its data: an ext4 file system in a file of its own where loop devices are
 * allowed, otherwise a plain directory. Only the former can be filled up and lose its power.
 */
final class Disk {
    private static final int SPARE_KIB = 64;

    private final Path mount;
    private final boolean loop;
    private Path image;
    private int images;

    private Disk(Path mount, Path image, boolean loop) {
        this.mount = mount;
        this.image = image;
        this.loop = loop;
    }

    static Disk plain(Path directory) {
        return new Disk(create(directory), directory.resolveSibling("no-image"), false);
    }

    static Disk loop(Path directory, int megabytes) {
        Path image = directory.resolveSibling(directory.getFileName() + ".0.img");
        create(directory);
        Shell.run("truncate -s " + megabytes + "M " + image);
        Shell.run("mkfs.ext4 -q -F -E lazy_itable_init=0,nodiscard -m 0 " + image);
        Disk disk = new Disk(directory, image, true);
        disk.mount();
        return disk;
    }

    static boolean loopsArePossible() {
        try {
            Path directory = Files.createTempDirectory("loop-probe-");
            try {
                Disk disk = loop(directory.resolve("disk"), 8);
                disk.close();
                return true;
            } finally {
                Shell.works("rm -rf " + directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (IllegalStateException e) {
            return false;
        }
    }

    Path directory() {
        return mount;
    }

    boolean isLoop() {
        return loop;
    }

    /** Takes (nearly) all space that is left. */
    void fill() {
        long free = mount.toFile().getUsableSpace();
        long take = free / 1024 - SPARE_KIB;
        if (take > 0) {
            Shell.works("fallocate -l " + take + "KiB " + mount.resolve("filler"));
        }
    }

    void unfill() {
        Shell.run("rm -f " + mount.resolve("filler"));
    }

    /**
     * What a loss of power would leave: a copy of the device as it is now, without what was written
     * but not synced. Nobody may write meanwhile; the next {@link #powerOn} goes on with the copy.
     */
    void copyAsAfterPowerLoss() {
        Path copy = image.resolveSibling(mount.getFileName() + "." + ++images + ".img");
        Shell.run("cp --sparse=always " + image + " " + copy);
    }

    /** Mounts the copy in place of what was written since. All its writers must be gone. */
    void powerOn() {
        Shell.run("umount " + mount);
        Shell.run("rm -f " + image);
        image = image.resolveSibling(mount.getFileName() + "." + images + ".img");
        mount();
    }

    private void mount() {
        Shell.run(List.of("mount", "-o", "loop", image.toString(), mount.toString()));
    }

    void close() {
        if (loop) {
            Shell.works("umount -l " + mount);
            Shell.works("rm -f " + image);
        }
    }

    private static Path create(Path directory) {
        try {
            return Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
