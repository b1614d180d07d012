package io.trifold.inspect;

/** Which build of the program this is. */
public final class Build {
  private Build() {}

  /** The version of the jar; {@code development} outside of one. */
  public static String version() {
    String version = Build.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }
}
