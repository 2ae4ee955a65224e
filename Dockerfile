# Framecast in a container: docs/how-to/container.md. For linux/amd64 and linux/arm64; nothing here is compiled.
#
# The base is pinned by its exact version. To pin its content too, build with the digest that your registry shows:
#   docker build --build-arg PYTHON_IMAGE=docker.io/library/python:3.13.9-slim-trixie@sha256:... .
ARG PYTHON_IMAGE=docker.io/library/python:3.13.9-slim-trixie

# --- what is built stays behind in this stage

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore
SHELL ["/bin/sh", "-eux", "-c"]
WORKDIR /build
# Without a pip of its own: the base's installs into it.
RUN python -m venv --without-pip /opt/framecast
# Alone, so that a change of the sources does not fetch the libraries again. Wheels only: no compiler is wanted anywhere.
COPY requirements.lock ./
RUN pip --python /opt/framecast/bin/python install --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN /opt/framecast/bin/python -m hatchling build -t wheel -d dist; \
    pip --python /opt/framecast/bin/python install --no-deps --no-index dist/framecast-*.whl; \
    # What only built the wheel goes: the lock's group `build`.
    pip --python /opt/framecast/bin/python uninstall --yes \
        editables hatchling packaging pathspec pluggy tomlkit trove-classifiers; \
    pip --python /opt/framecast/bin/python check; \
    /opt/framecast/bin/framecast --version

# --- what runs

FROM ${PYTHON_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Framecast" \
      org.opencontainers.image.description="Live video from any source to Python programs and browsers, through shared memory." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# The number is part of the contract: who shares a folder with this container runs as the same one.
RUN groupadd --gid 10001 framecast \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/framecast --shell /usr/sbin/nologin framecast \
    && install -d -o 10001 -g 10001 -m 0750 /var/lib/framecast /run/framecast \
    && install -d -m 0755 /etc/framecast
COPY --from=build /opt/framecast /opt/framecast
# The node's own folder is below /run/framecast, because some engines mount volumes that everybody may write to.
# Another address than loopback is refused until an access token is set.
ENV PATH=/opt/framecast/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/var/lib/framecast \
    FRAMECAST_DATA_DIR=/var/lib/framecast \
    FRAMECAST_RUNTIME_DIR=/run/framecast/node \
    FRAMECAST_HOST=0.0.0.0
# framecast.yaml is read from here where one is mounted.
WORKDIR /etc/framecast
VOLUME ["/var/lib/framecast", "/run/framecast"]
EXPOSE 8080 50051 5556
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=10s --start-period=30s --retries=3 CMD ["framecast", "health"]
ENTRYPOINT ["framecast"]
CMD ["serve"]
