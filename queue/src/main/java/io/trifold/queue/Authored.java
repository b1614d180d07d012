package io.trifold.queue;

import java.util.UUID;

/** A draft and who made it: all that a signature covers. */
record Authored(String host, UUID incarnation, Draft draft) {}
