# syntax=docker/dockerfile:1
# One image with the one command, the broker it supervises, what looks at cameras and the terminal. Built in two stages:
# the compiler stays behind.

FROM rust:1.95-slim-bookworm AS build
# What the client of InfluxDB and what looks at cameras are linked with; the latter's bindings are made here.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libssl-dev pkg-config \
    clang libclang-dev libavcodec-dev libavformat-dev libavutil-dev libswscale-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# The compiler of this image, whatever rust-toolchain.toml would fetch.
ENV RUSTUP_TOOLCHAIN=1.95.0
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked -p motcua -p motcua-tui -p motcua-camera-ingest \
      --bin motcua --bin tui --bin camera-ingest \
 && install -D -t /out target/release/motcua target/release/tui target/release/camera-ingest

FROM debian:12-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates libssl3 mosquitto \
    libavcodec59 libavformat59 libavutil57 libswscale6 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin motcua \
 && install -d -o motcua -g motcua -m 0700 /var/lib/motcua
COPY --from=build /out/ /usr/local/bin/

# Not root: no port below 1024 is needed, and Mosquitto keeps the user that starts it.
USER motcua
VOLUME /var/lib/motcua
EXPOSE 1883 8080
# `serve` handles SIGTERM and its children's ends itself, so it may be process 1 with no init.
STOPSIGNAL SIGTERM
ENTRYPOINT ["motcua"]
CMD ["serve", "--config", "/etc/motcua/motcua.toml", "--data-dir", "/var/lib/motcua"]
