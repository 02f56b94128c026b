# dualface for NVIDIA GPUs.
#   docker build -f docker/gpu.Dockerfile -t dualface:gpu .
#   docker run --rm --gpus all -e NVIDIA_DRIVER_CAPABILITIES=compute,video,utility -v "$PWD:/videos" dualface:gpu run talk.mp4
# The driver's own libraries, NVDEC's and NVENC's among them, come from the host with --gpus and the capability "video".
FROM nvidia/cuda:13.0.2-runtime-ubuntu24.04

RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 python3-venv cuda-nvrtc-13-0 \
        fontconfig libfribidi0 fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji \
    && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/dualface
COPY . /src
RUN /opt/dualface/bin/pip install --no-cache-dir "/src[gpu,models]" && rm -r /src

# Models (fetched now, so that a container needs no network), TensorRT engines and compiled kernels are kept here; mount it to keep them between runs.
ENV XDG_CACHE_HOME=/cache CUPY_CACHE_DIR=/cache/cupy NUMBA_CACHE_DIR=/cache/numba \
    NVIDIA_DRIVER_CAPABILITIES=compute,video,utility PATH=/opt/dualface/bin:$PATH
RUN dualface models fetch --all
VOLUME /cache
WORKDIR /videos
ENTRYPOINT ["dualface"]
CMD ["--help"]
