package io.trifold.config;

/** Whether requests come over io_uring. */
public enum IoUringChoice {
  /** Where the kernel has it switched on. */
  AUTO,
  /** Always: it is switched on for the moment of the mount. */
  ON,
  OFF
}
