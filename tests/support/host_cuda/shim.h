// What CUDA adds to C++, as far as dualface's kernels use it, so that they run on the CPU: one thread after the other.
#pragma once
#include <cstddef>

#define __global__
#define __device__

struct Index {
    int x, y;
};
static Index blockIdx, blockDim, threadIdx;

static inline float __fmul_rn(float a, float b) { return a * b; }  // compiled with -ffp-contract=off
static inline float __fadd_rn(float a, float b) { return a + b; }
static inline float __fsub_rn(float a, float b) { return a - b; }
static inline float __fdiv_rn(float a, float b) { return a / b; }

// Runs every thread of a grid.
template <auto kernel>
struct Host;

template <typename... Arguments, void (*kernel)(Arguments...)>
struct Host<kernel> {
    static void launch(int grid_x, int grid_y, int block_x, int block_y, Arguments... arguments) {
        blockDim = {block_x, block_y};
        for (blockIdx.y = 0; blockIdx.y < grid_y; blockIdx.y++)
            for (blockIdx.x = 0; blockIdx.x < grid_x; blockIdx.x++)
                for (threadIdx.y = 0; threadIdx.y < block_y; threadIdx.y++)
                    for (threadIdx.x = 0; threadIdx.x < block_x; threadIdx.x++) kernel(arguments...);
    }
};
