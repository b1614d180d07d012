/**
 * The system calls that a mount is made of, through jnr-ffi: the {@code *at} family beneath a root
 * that cannot be left, {@code statx}, extended attributes, locks, mounts. Errors are {@link
 * io.trifold.posix.ErrnoException}s; names are text as {@link io.trifold.rules.FileNames} has it.
 *
 * <p>What never lives here: policy. Nothing here knows why a call is made.
 */
package io.trifold.posix;
