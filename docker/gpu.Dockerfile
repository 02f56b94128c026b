# dualface for NVIDIA GPUs.
#   docker build -f docker/gpu.Dockerfile -t dualface:gpu .
#   docker run --rm --gpus all --user "$(id -u):$(id -g)" -v "$PWD:/videos" dualface:gpu run talk.mp4 -o out
# CUDA's and TensorRT's libraries come as packages of Python's, as everywhere; the driver's own, NVDEC's and NVENC's among them, come
# from the host with --gpus and the capability "video".
FROM python:3.12-slim

RUN apt-get update \
    && apt-get install --yes --no-install-recommends fontconfig libfribidi0 fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji \
    && rm -rf /var/lib/apt/lists/*
COPY . /src
RUN pip install --no-cache-dir "/src[gpu,models]" && rm -r /src

# Models (fetched now, so that a container needs no network), TensorRT engines and compiled kernels are kept here; mount it to keep them
# between runs.  Whoever runs the container may write here.
ENV XDG_CACHE_HOME=/cache CUPY_CACHE_DIR=/cache/cupy NUMBA_CACHE_DIR=/cache/numba \
    NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,video,utility
RUN dualface models fetch --all && chmod -R a+rwX /cache
VOLUME /cache
WORKDIR /videos
ENTRYPOINT ["dualface"]
CMD ["--help"]
