# dualface on the CPU.
#   docker build -f docker/cpu.Dockerfile -t dualface .
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/videos" dualface run talk.mp4 -o out
FROM python:3.12-slim

# Fonts and FriBiDi, so that names in any script can be written under the tiles (docs/captions.md); 150 MB, most of them for CJK.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends fontconfig libfribidi0 fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji \
    && rm -rf /var/lib/apt/lists/*
COPY . /src
RUN pip install --no-cache-dir "/src[models]" && rm -r /src

# The weights are in the image, so that a container needs no network.  The demo shows that the image works, and leaves the compiled
# pixel loops behind.  Whoever runs the container may write here.
ENV XDG_CACHE_HOME=/cache NUMBA_CACHE_DIR=/cache/numba
RUN dualface models fetch --all && dualface demo -o /tmp/demo && rm -r /tmp/demo && chmod -R a+rwX /cache
WORKDIR /videos
ENTRYPOINT ["dualface"]
CMD ["--help"]
