# The image runs one host's mount. Started privileged, it mounts over /site; the application's server goes into an image
# made from this one, as the mount is inside the container.
#
#   /site             the application's root: a volume, or files of an image made from this one
#   /shared           the shared storage
#   /var/lib/trifold  this host's state; keep it as long as the files in /site
#
# Settings are the variables TRIFOLD_* (docs/mount.md). The target `test` holds the sources and all that the tests need.
# A machine behind a proxy with an authority of its own lends its Java trust store to the build, which does not keep it:
#   --secret id=java-trust,src=/etc/ssl/certs/java/cacerts

FROM debian:bookworm-slim AS source
WORKDIR /src
COPY scripts/install-requirements scripts/
RUN scripts/install-requirements build && rm -rf /var/lib/apt/lists/*
COPY . .

FROM source AS build
RUN --mount=type=secret,id=java-trust \
    if [ -e /run/secrets/java-trust ]; then export MAVEN_OPTS=-Djavax.net.ssl.trustStore=/run/secrets/java-trust; fi; \
    mvn -B -q -ntp -DskipTests package

FROM source AS test
RUN scripts/install-requirements test
CMD ["scripts/test"]

FROM debian:bookworm-slim
COPY scripts/install-requirements /tmp/
RUN /tmp/install-requirements run && rm -rf /tmp/install-requirements /var/lib/apt/lists/*
COPY --from=build /src/fuse-mount/target/trifold.jar /usr/lib/trifold/trifold.jar
COPY scripts/trifold /usr/local/bin/trifold
RUN mkdir /site /shared && trifold warm-up && trifold --version
VOLUME ["/site", "/shared", "/var/lib/trifold"]
ENV TRIFOLD_REMOTE=/shared TRIFOLD_STATE=/var/lib/trifold
ENTRYPOINT ["trifold"]
CMD ["mount", "/site", "--foreground"]
