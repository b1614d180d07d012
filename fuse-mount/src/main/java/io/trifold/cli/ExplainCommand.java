package io.trifold.cli;

import io.trifold.config.SettingsException;
import io.trifold.daemon.MountException;
import io.trifold.daemon.RunningMount;
import io.trifold.inspect.Explanation;
import io.trifold.inspect.Places;
import io.trifold.inspect.RuleListing;
import io.trifold.inspect.StatusText;
import io.trifold.posix.MountTable;
import io.trifold.rules.RuleException;
import io.trifold.rules.RuleSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code trifold explain}. */
@Command(
    name = "explain",
    description = "Says which rule binds a path to what, and where its bytes are.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "The paths need not exist; one that ends in / is taken for a directory's. Without options",
      "they are in a mount. With --rules they may be in any directory, and nothing is mounted:",
      "  trifold explain --rules my.rules --root /srv/app /srv/app/data/uploads/a.png"
    })
final class ExplainCommand implements Callable<Integer> {
  private static final class Unmounted {
    @Option(
        names = "--rules",
        required = true,
        paramLabel = "FILE|PRESET",
        description = "Explain by these rules instead of a mount's.")
    String rules;

    @Option(
        names = "--root",
        required = true,
        paramLabel = "DIR",
        description = "The directory that the rules are about.")
    Path root;

    @Option(
        names = "--remote",
        paramLabel = "DIR",
        description = "The root of the shared storage. Default: shared_storage beside --root.")
    Path remote;
  }

  @ArgGroup(exclusive = false)
  private Unmounted unmounted;

  @Parameters(arity = "1..*", paramLabel = "PATH", description = "A file's or directory's path.")
  private List<String> paths;

  /** Explains paths relative to a root. */
  private interface Explainer {
    Explanation explain(String path, boolean directory) throws MountException;
  }

  @Override
  public Integer call() throws Exception {
    MountTable mounts = MountTable.read();
    for (int i = 0; i < paths.size(); i++) {
      if (i > 0) {
        System.out.println();
      }
      System.out.print(explain(paths.get(i), mounts));
    }
    return 0;
  }

  private String explain(String asked, MountTable mounts) throws Exception {
    Path path = Path.of(asked).toAbsolutePath().normalize();
    Path root;
    Explainer explainer;
    if (unmounted == null) {
      root = mountOf(path, mounts);
      explainer = ofMount(root, mounts);
    } else {
      root = unmounted.root.toAbsolutePath().normalize();
      explainer = ofRules(root);
    }
    path = inside(root, path);
    boolean directory = asked.endsWith("/") || Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
    return explainer.explain(root.relativize(path).toString(), directory).describe(asked);
  }

  private static Path mountOf(Path path, MountTable mounts) throws MountException {
    return trifoldAround(path, mounts)
        .or(() -> trifoldAround(resolved(path), mounts))
        .map(MountTable.Mount::point)
        .orElseThrow(() -> inNoMount(path));
  }

  /** A bypassed directory is a mount of its own within that of trifold. */
  private static Optional<MountTable.Mount> trifoldAround(Path path, MountTable mounts) {
    Optional<MountTable.Mount> around = mounts.around(path);
    return around
        .filter(MountTable.Mount::isTrifold)
        .or(
            () ->
                around
                    .flatMap(mount -> mounts.withId(mount.parent()))
                    .filter(MountTable.Mount::isTrifold));
  }

  private static MountException inNoMount(Path path) {
    return new MountException(
        path + " is in no mount of trifold: name the rules with --rules and --root");
  }

  /** The path below the root, as written or with the symlinks on its way resolved. */
  private static Path inside(Path root, Path path) throws SettingsException {
    if (path.startsWith(root)) {
      return path;
    }
    Path resolved = resolved(path);
    if (resolved.startsWith(root)) {
      return resolved;
    }
    throw new SettingsException(path + " is not in --root " + root);
  }

  /** The symlinks on the way to a path resolved, as far as it exists; not the path itself. */
  private static Path resolved(Path path) {
    for (Path p = path.getParent(); p != null; p = p.getParent()) {
      try {
        return p.toRealPath().resolve(p.relativize(path));
      } catch (IOException e) {
        // What does not exist has no symlinks: its parent may have.
      }
    }
    return path;
  }

  private Explainer ofRules(Path root) throws RuleException {
    RuleSet rules = RuleSet.named(unmounted.rules);
    Path remote =
        unmounted.remote == null
            ? root.resolveSibling("shared_storage")
            : unmounted.remote.toAbsolutePath().normalize();
    Places places = new Places(root, remote);
    return (path, directory) -> Explanation.of(rules, places, path, directory);
  }

  private static Explainer ofMount(Path root, MountTable mounts)
      throws MountException, RuleException {
    RunningMount mount = new RunningMount(root);
    RunningMount.Answer answer = mount.ask();
    if (!(answer instanceof RunningMount.Alive alive)) {
      throw new MountException(root + " does not answer: trifold status " + root);
    }
    StatusText status = alive.status();
    List<Path> standing = status.bypassed();
    Optional<Path> remote = status.get("remote").map(Path::of);
    Places places = new Places(root, remote.orElse(root.resolveSibling("shared_storage")));
    try {
      RuleListing rules = RuleListing.read(mount.read("rules"));
      return (path, directory) -> {
        Explanation explanation = rules.explain(places, path, directory);
        boolean bypassed =
            explanation.bypass().map(root::resolve).filter(standing::contains).isPresent();
        Path point = mounts.around(root.resolve(path)).map(MountTable.Mount::point).orElse(root);
        if (!point.equals(root) && !bypassed) {
          throw inNoMount(root.resolve(path));
        }
        return bypassed ? explanation : explanation.withoutBypass();
      };
    } catch (IOException e) {
      throw new MountException(root + "/.trifold/rules cannot be read: " + e.getMessage(), e);
    }
  }
}
