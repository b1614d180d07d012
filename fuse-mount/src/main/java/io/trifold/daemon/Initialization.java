package io.trifold.daemon;

import io.trifold.config.MountSettings;
import io.trifold.init.Initiation;
import io.trifold.init.Summary;
import io.trifold.posix.BackingRoot;
import io.trifold.posix.ErrnoException;
import io.trifold.posix.Stat;
import io.trifold.rules.RuleException;
import io.trifold.rules.RuleSet;
import io.trifold.shared.AwayException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.function.Consumer;

/** An application that ran on one machine becomes the first host of a farm. */
public final class Initialization {
  private final MountSettings settings;

  public Initialization(MountSettings settings) {
    this.settings = settings;
  }

  @FunctionalInterface
  private interface Work {
    Summary on(Initiation initiation) throws ErrnoException, IOException;
  }

  /** What would be done; changes nothing. */
  public Summary survey(int examples) throws MountException, RuleException {
    return work(this::openShared, initiation -> initiation.survey(examples));
  }

  /** Moves to the shared storage what belongs there. */
  public Summary move(int examples, Consumer<Stat> moved) throws MountException, RuleException {
    MountState state = MountState.prepare(settings.state(), settings.root());
    try (FileChannel lock = state.lock()) {
      Summary summary =
          work(
              () -> new StorageMark(settings.remote(), state.directory()).open(),
              initiation -> initiation.move(state.directory(), examples, moved));
      lock.force(false);
      return summary;
    } catch (IOException e) {
      throw failed(e);
    }
  }

  @FunctionalInterface
  private interface Opening {
    BackingRoot open() throws AwayException;
  }

  private BackingRoot openShared() throws AwayException {
    try {
      return BackingRoot.open(settings.remote().toString());
    } catch (ErrnoException e) {
      throw new AwayException("cannot be opened: " + MountException.reason(e), e);
    }
  }

  private Summary work(Opening storage, Work work) throws MountException, RuleException {
    RuleSet rules = RuleSet.named(settings.rules());
    try (BackingRoot application = BackingRoot.open(settings.root().toString())) {
      if (!MountChecks.needsRemote(rules)) {
        return work.on(new Initiation(application, Optional.empty(), rules.root()));
      }
      try (BackingRoot shared = storage.open()) {
        return work.on(new Initiation(application, Optional.of(shared), rules.root()));
      }
    } catch (AwayException e) {
      throw new MountException("the shared storage " + settings.remote() + " " + e.getMessage(), e);
    } catch (ErrnoException | IOException e) {
      throw failed(e);
    }
  }

  private MountException failed(Exception e) {
    return new MountException(
        settings.root()
            + ": "
            + MountException.reason(e)
            + "; what was moved until now is whole, and the same command goes on from here",
        e);
  }
}
