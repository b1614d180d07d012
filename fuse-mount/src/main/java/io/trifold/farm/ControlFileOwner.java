package io.trifold.farm;

import java.io.IOException;

/** Whose a call's control file is, by number. */
public record ControlFileOwner(int uid, int gid) {
  /**
   * As the call's declaration says.
   *
   * @throws IOException in words for a user, if there is no such user
   */
  public static ControlFileOwner of(CallDeclaration call) throws IOException, InterruptedException {
    Account account;
    if (call.file().owner().isPresent()) {
      account = Account.named(call.file().owner().get());
    } else {
      account = Account.own();
    }
    return new ControlFileOwner(account.uid(), account.gid());
  }
}
