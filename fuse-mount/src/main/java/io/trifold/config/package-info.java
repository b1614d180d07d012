/**
 * What a mount is to be: {@link io.trifold.config.MountSettings}, gathered from flags, the
 * environment, a TOML file and defaults, in this order.
 *
 * <p>Every error names the flag, the variable or the place in the file that is wrong. What never
 * lives here: whether the settings can be carried out; nothing is opened but files of settings.
 */
package io.trifold.config;
