package io.trifold.fuse.jnr;

import static org.assertj.core.api.Assertions.assertThat;

import io.trifold.fuse.AttributeChange;
import io.trifold.posix.Posix;
import io.trifold.posix.RecordLock;
import jnr.ffi.Pointer;
import jnr.ffi.Struct;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import ru.serce.jnrfuse.struct.FuseFileInfo;
import ru.serce.jnrfuse.struct.FuseOperations;

@DisplayName("What libfuse and the filesystem say to each other")
final class LibfuseStructuresTest {
  @Test
  @DisplayName("has its offsets where jnr-fuse has those that it declares rightly")
  void offsets() {
    FuseFileInfo info = FuseFileInfo.of(Posix.allocate(64));
    assertThat(info.flags.offset()).isZero();
    assertThat(info.fh.offset()).isEqualTo(24);
    assertThat(info.lock_owner.offset()).isEqualTo(32);
    FuseOperations operations = new FuseOperations(Posix.runtime());
    assertThat(operations.bmap.offset()).isEqualTo(296);
    assertThat(operations.ioctl.offset()).isEqualTo(312);
    assertThat(Struct.size(operations)).isEqualTo(360);
  }

  @ParameterizedTest
  @CsvSource({"8, 1, 2049", "0, 39, 39", "4095, 255, 1048575", "259, 65536, 268501760"})
  @DisplayName("has device numbers as makedev(3)")
  void devices(long major, long minor, long device) {
    assertThat(Device.toNative(major << 32 | minor)).isEqualTo(device);
    assertThat(Device.fromNative(device)).isEqualTo(major << 32 | minor);
  }

  @ParameterizedTest
  @CsvSource({"0, 9223372036854775807, 0", "5, 5, 1", "10, 109, 100"})
  @DisplayName("has locks whose length 0 is the end of the file")
  void locks(long start, long end, long length) {
    Pointer memory = Posix.allocate(32);
    RecordLock lock = new RecordLock(RecordLock.WRITE, start, end, 77);
    Structures.put(lock, memory);
    assertThat(memory.getLong(16)).isEqualTo(length);
    assertThat(Structures.lock(memory)).isEqualTo(lock);
  }

  @Test
  @DisplayName("sets no time that is to be left alone")
  void times() {
    AttributeChange change = Changes.times(0, Posix.UTIME_OMIT, 7, 8);
    assertThat(change.valid()).isEqualTo(AttributeChange.MTIME);
    assertThat(change.modifyNanos()).isEqualTo(8);
    assertThat(Changes.times(0, Posix.UTIME_NOW, 0, Posix.UTIME_OMIT).valid())
        .isEqualTo(AttributeChange.ATIME | AttributeChange.ATIME_NOW);
    assertThat(Changes.owner(-1, 5).valid()).isEqualTo(AttributeChange.GID);
  }

  @ParameterizedTest
  @CsvSource({"/, 0, /, ''", "/a, 1, /, a", "/a/b/c, 3, /a/b, c"})
  @DisplayName("has paths from the root")
  void paths(String path, int names, String directory, String name) {
    assertThat(Paths.names(path)).hasSize(names);
    assertThat(Paths.directory(path)).isEqualTo(directory);
    assertThat(Paths.name(path)).isEqualTo(name);
  }
}
