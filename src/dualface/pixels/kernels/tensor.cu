// Small pictures for machines to look at, from an NV12 surface: the detector's input and the thumbnail.  The same as
// sampling.py and tensor.py: sums of whole numbers, so that CPU and GPU read the same samples.

typedef unsigned char byte;

// A plane or half of an interleaved one: sample (x, y) is data[y * pitch + x * step].
struct Plane {
    const byte* data;
    int pitch, step, width, height;
};

// Y'CbCr to R'G'B' 0..255 as color.py's rgb_coefficients gives it; then (value - mean) * scale, for R, G and B each.
struct Conversion {
    float black, gain, v_red, u_green, v_green, u_blue, zero;
    float mean[3], scale[3];
};

#define TAPS 4
#define CENTRED 0
#define SITED_LEFT 2

__device__ static int clamped(int value, int low, int high) { return value < low ? low : value > high ? high : value; }

// Beyond the border the outermost row and sample repeat.
__device__ static const byte* row_of(const Plane& plane, int y) {
    return plane.data + (size_t)clamped(y, 0, plane.height - 1) * plane.pitch;
}

__device__ static int sample_of(const Plane& plane, const byte* row, int x) {
    return row[(size_t)clamped(x, 0, plane.width - 1) * plane.step];
}

// U (0) or V (1) of an NV12 picture of width x height pixels.
__device__ static Plane chroma_plane(const byte* uv, int pitch, int width, int height, int which) {
    return {uv + which, pitch, 2, (width + 1) / 2, (height + 1) / 2};
}

// The four source samples of output i of `count`, and their weights in 128ths.  `size` and `count` are below 2^15.
__device__ static void taps(int i, int count, int size, int siting, int* index, int* weight) {
    long long unit = 8LL * count;
    if (size > count) {
        for (int k = 0; k < TAPS; k++) {
            index[k] = (int)(((8LL * i + 2 * k + 1) * size + (long long)siting * count) / unit);
            weight[k] = 128 / TAPS;
        }
        return;
    }
    long long at = (8LL * i + 4) * size + (siting + 4LL) * count;  // one sample further right, so that it is never negative
    int first = (int)(at / unit) - 1, share = (int)((at % unit * 128 + unit / 2) / unit);
    for (int k = 0; k < TAPS; k++) {
        index[k] = first + (k > 0);
        weight[k] = k == 0 ? 128 - share : k == 1 ? share : 0;
    }
}

// The mean over output pixel (x, y) of (width, height), 0..255, exact.
__device__ static float sampled(const Plane& plane, int x, int y, int width, int height, int siting) {
    int columns[TAPS], rows[TAPS], across[TAPS], down[TAPS], total = 0;
    taps(x, width, plane.width, siting, columns, across);
    taps(y, height, plane.height, CENTRED, rows, down);
    for (int k = 0; k < TAPS; k++) {
        const byte* row = row_of(plane, rows[k]);
        for (int n = 0; n < TAPS; n++) total += sample_of(plane, row, columns[n]) * down[k] * across[n];
    }
    return (float)total * (1.0f / 16384);
}

__device__ static void read_yuv(
    const byte* y_in, int y_pitch, const byte* uv_in, int uv_pitch, int in_width, int in_height,
    int x, int y, int width, int height, float* yuv) {
    yuv[0] = sampled({y_in, y_pitch, 1, in_width, in_height}, x, y, width, height, CENTRED);
    for (int n = 0; n < 2; n++) {
        yuv[1 + n] = sampled(chroma_plane(uv_in, uv_pitch, in_width, in_height, n), x, y, width, height, SITED_LEFT);
    }
}

__device__ static void convert(const float* yuv, const Conversion& c, float* rgb) {
    float y = __fmul_rn(__fsub_rn(yuv[0], c.black), c.gain), u = __fsub_rn(yuv[1], c.zero), v = __fsub_rn(yuv[2], c.zero);
    rgb[0] = __fadd_rn(y, __fmul_rn(v, c.v_red));
    rgb[1] = __fsub_rn(__fsub_rn(y, __fmul_rn(u, c.u_green)), __fmul_rn(v, c.v_green));
    rgb[2] = __fadd_rn(y, __fmul_rn(u, c.u_blue));
    for (int n = 0; n < 3; n++) {
        float value = rgb[n] < 0.0f ? 0.0f : rgb[n] > 255.0f ? 255.0f : rgb[n];
        rgb[n] = __fmul_rn(__fsub_rn(value, c.mean[n]), c.scale[n]);
    }
}

// The whole surface stretched to planes R, G, B (B, G, R with bgr) of width x height, dense.  One thread for each pixel; blocks
// of any shape that cover (width, height).
extern "C" __global__ void to_rgb_float32(
    const byte* y_in, int y_pitch, const byte* uv_in, int uv_pitch, int in_width, int in_height,
    float* out, int width, int height, Conversion conversion, int bgr) {
    int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= width || y >= height) return;
    float yuv[3], rgb[3];
    read_yuv(y_in, y_pitch, uv_in, uv_pitch, in_width, in_height, x, y, width, height, yuv);
    convert(yuv, conversion, rgb);
    for (int n = 0; n < 3; n++) out[((size_t)(bgr ? 2 - n : n) * height + y) * width + x] = rgb[n];
}

// The whole surface stretched to planes Y, U, V of width x height, dense, one after the other.  Threads as above.
extern "C" __global__ void thumbnail(
    const byte* y_in, int y_pitch, const byte* uv_in, int uv_pitch, int in_width, int in_height,
    byte* out, int width, int height) {
    int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= width || y >= height) return;
    float yuv[3];
    read_yuv(y_in, y_pitch, uv_in, uv_pitch, in_width, in_height, x, y, width, height, yuv);
    for (int n = 0; n < 3; n++) out[((size_t)n * height + y) * width + x] = (byte)(yuv[n] + 0.5f);
}
