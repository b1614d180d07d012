/**
 * The FUSE protocol on {@code /dev/fuse}, spoken from Java: a thread reads a request, the
 * filesystem's operation runs on that same thread, the thread writes the answer.
 *
 * <p>From the bottom: {@link io.trifold.fuse.kernel.Device} is the descriptor; {@link
 * io.trifold.fuse.kernel.Request} and {@link io.trifold.fuse.kernel.Reply} are the wire, over
 * native memory; the {@code …Handlers} turn one into the other through the operations, one class
 * for each group of requests; {@link io.trifold.fuse.kernel.Dispatcher} finds the handler and
 * answers whatever happens in it; {@link io.trifold.fuse.kernel.Workers} are the threads; {@link
 * io.trifold.fuse.kernel.Mounting} puts it over a directory. Layouts and numbers are those of
 * {@code include/uapi/linux/fuse.h}.
 *
 * <p>What never lives here: a filesystem. Nothing here knows where bytes are.
 */
package io.trifold.fuse.kernel;
