package io.trifold.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A mount, and the embedded database, without any privilege. */
@RequiresMounts
class OrdinaryUserIT {
  private static final int NOBODY = 65534;

  @TempDir private Path place;
  private Trifold trifold;

  @BeforeEach
  void installWhereEveryoneCanRead() throws Exception {
    assumeTrue(Files.exists(Path.of("/usr/bin/fusermount3")), "needs the package fuse3");
    trifold = new Trifold(place);
    trifold.directory("app/vendor");
    trifold.directory("shared_storage");
    trifold.file("my.rules", "propagated /pages/", "remote /media/", "local /vendor/ bypass=on");
    Path jar = trifold.directory("trifold/fuse-mount/target").resolve("trifold.jar");
    Files.copy(Path.of("target", "trifold.jar"), jar);
    Path launcher = trifold.directory("trifold/scripts").resolve("trifold");
    Files.copy(Path.of("..", "scripts", "trifold"), launcher);
    trifold.environment.put("TRIFOLD_STATE", trifold.home.resolve("state").toString());
    trifold.environment.put("HOME", trifold.home.toString());
    trifold.sh("chmod -R a+rX . && chmod +x trifold/scripts/trifold && chown -R " + NOBODY + " .");
  }

  @AfterEach
  void cleanUp() throws IOException {
    trifold.close();
  }

  /** In a namespace of mounts where {@code /dev/fuse} is open to all, as udev makes it. */
  private Trifold.Result inNamespace(String script) throws IOException {
    trifold.directory("dev");
    String openDevice =
        "mount -t tmpfs none dev && mknod -m 666 dev/fuse c 10 229"
            + " && mount --bind dev/fuse /dev/fuse && ";
    String asNobody =
        "exec setpriv --reuid=%1$d --regid=%1$d --clear-groups sh -e run.sh".formatted(NOBODY);
    trifold.file("run.sh", script);
    return trifold.end(
        trifold.start(List.of("unshare", "--mount", "sh", "-c", openDevice + asNobody)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel", "jnr"})
  void mountsWithFusermountAndItsOwnDatabase(String transport) throws Exception {
    Trifold.Result result =
        inNamespace(
            """
            trifold=trifold/scripts/trifold
            $trifold mount app --rules my.rules --transport %s
            mkdir app/pages
            echo hello > app/pages/a
            cat app/pages/a
            $trifold status app
            $trifold umount app
            """
                .formatted(transport));

    assertThat(result.succeeded().out())
        .contains("\nhello\n")
        .containsPattern("\ntransport: +" + transport + ": ")
        .endsWith("app is unmounted\n");
    assertThat(result.err())
        .contains("/vendor is served without bypass, as all else: only root may mount");
  }
}
