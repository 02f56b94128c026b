// A placement, both planes, one launch: NV12 surface to NV12 canvas.  The same as resample.py, sum by sum, so that CPU and GPU
// give the same bytes; hence the explicitly rounded operations, which no compiler may contract.

typedef unsigned char byte;
typedef long long fixed;  // a position in source samples times 2^32, as dualface.pixels.part has it

#define ONE (1LL << 32)

// A plane or half of an interleaved one: sample (x, y) is data[y * pitch + x * step].
struct Plane {
    const byte* data;
    int pitch, step, width, height;
};

struct Part {
    fixed x, x_step, y, y_step;
};

// What of the source is shown, in samples of the luma planes and of the chroma planes.
struct Shown {
    Part luma, chroma;
};

// The source samples that an output sample is made of, along one axis: `taps` from `first` on, the first four with weights `w`.
struct Axis {
    fixed begin, step;
    int first, taps;
    float share, w[4];
};

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

__device__ static float mul(float a, float b) { return __fmul_rn(a, b); }
__device__ static float add(float a, float b) { return __fadd_rn(a, b); }
__device__ static float sub(float a, float b) { return __fsub_rn(a, b); }

// The share that source sample first + k has in the average over the stretch from begin to begin + step.
__device__ static float area(const Axis& a, int k) {
    fixed low = (fixed)(a.first + k) << 32, high = low + ONE, end = a.begin + a.step;
    low = low < a.begin ? a.begin : low;
    high = high > end ? end : high;
    return high > low ? mul((float)((high - low) >> 16), a.share) : 0.0f;
}

__device__ static Axis axis(fixed origin, fixed step, int i) {
    Axis a = {origin + i * step, step, 0, 4, 0.0f, {}};
    if (step > ONE) {
        a.first = (int)(a.begin >> 32);
        a.taps = ((int)((step + ONE - 1) >> 32) + 4) / 4 * 4;
        a.share = __fdiv_rn(1.0f, (float)(step >> 16));
        for (int k = 0; k < 4; k++) a.w[k] = area(a, k);
        return a;
    }
    fixed at = a.begin + ((step - ONE) >> 1);  // Catmull-Rom around this position between sample centres
    float t = mul((float)((at & (ONE - 1)) >> 8), 1.0f / (1 << 24));
    float t2 = mul(t, t), t3 = mul(t2, t);
    a.first = (int)(at >> 32) - 1;
    a.w[0] = mul(0.5f, sub(sub(add(t2, t2), t3), t));
    a.w[1] = add(mul(0.5f, sub(mul(3.0f, t3), mul(5.0f, t2))), 1.0f);
    a.w[3] = mul(0.5f, sub(t3, t2));
    a.w[2] = sub(sub(sub(1.0f, a.w[0]), a.w[1]), a.w[3]);
    return a;
}

__device__ static float dot(float a, float b, float c, float d) { return add(add(add(a, b), c), d); }

__device__ static float filtered_row(const Plane& plane, const Axis& column, int y) {
    const byte* row = row_of(plane, y);
    float term[4];
    for (int n = 0; n < 4; n++) term[n] = mul((float)sample_of(plane, row, column.first + n), column.w[n]);
    float total = dot(term[0], term[1], term[2], term[3]);
    for (int k = 4; k < column.taps; k += 4) {
        for (int n = 0; n < 4; n++) term[n] = mul((float)sample_of(plane, row, column.first + k + n), area(column, k + n));
        total = add(total, dot(term[0], term[1], term[2], term[3]));
    }
    return total;
}

__device__ static byte resampled(const Plane& plane, const Axis& column, const Axis& row) {
    float term[4];
    for (int k = 0; k < 4; k++) term[k] = mul(filtered_row(plane, column, row.first + k), row.w[k]);
    float total = dot(term[0], term[1], term[2], term[3]);
    for (int k = 4; k < row.taps; k++) total = add(total, mul(filtered_row(plane, column, row.first + k), area(row, k)));
    return (byte)clamped((int)add(total, 0.5f), 0, 255);
}

// A rectangle of one colour; x, y, w and h are even.  One thread for each 2 x 2 pixels.
extern "C" __global__ void fill(
    byte* y_out, int y_out_pitch, byte* uv_out, int uv_out_pitch, int x, int y, int w, int h,
    int value_y, int value_u, int value_v) {
    int i = blockIdx.x * blockDim.x + threadIdx.x, j = blockIdx.y * blockDim.y + threadIdx.y;
    if (2 * i >= w || 2 * j >= h) return;
    byte* pixel = y_out + (size_t)(y + 2 * j) * y_out_pitch + x + 2 * i;
    byte* pair = uv_out + (size_t)(y / 2 + j) * uv_out_pitch + x + 2 * i;
    pixel[0] = pixel[1] = pixel[y_out_pitch] = pixel[y_out_pitch + 1] = (byte)value_y;
    pair[0] = (byte)value_u;
    pair[1] = (byte)value_v;
}

// A part of the source over the canvas' pixels from (x, y) to (x + w, y + h), all even.  One thread for each 2 x 2 of them,
// which share a chroma sample; blocks of any shape that cover (w / 2, h / 2).
extern "C" __global__ void show(
    const byte* y_in, int y_in_pitch, const byte* uv_in, int uv_in_pitch, int in_width, int in_height,
    byte* y_out, int y_out_pitch, byte* uv_out, int uv_out_pitch, int x, int y, int w, int h, Shown shown) {
    int i = blockIdx.x * blockDim.x + threadIdx.x, j = blockIdx.y * blockDim.y + threadIdx.y;
    if (2 * i >= w || 2 * j >= h) return;
    byte* pixel = y_out + (size_t)(y + 2 * j) * y_out_pitch + x + 2 * i;
    byte* pair = uv_out + (size_t)(y / 2 + j) * uv_out_pitch + x + 2 * i;
    const Plane luma = {y_in, y_in_pitch, 1, in_width, in_height};
    for (int m = 0; m < 2; m++) {
        Axis column = axis(shown.luma.x, shown.luma.x_step, 2 * i + m);
        for (int n = 0; n < 2; n++) {
            pixel[n * y_out_pitch + m] = resampled(luma, column, axis(shown.luma.y, shown.luma.y_step, 2 * j + n));
        }
    }
    Axis column = axis(shown.chroma.x, shown.chroma.x_step, i), row = axis(shown.chroma.y, shown.chroma.y_step, j);
    for (int n = 0; n < 2; n++) pair[n] = resampled(chroma_plane(uv_in, uv_in_pitch, in_width, in_height, n), column, row);
}

__device__ static byte mixed(byte under, int value, int alpha) { return (byte)((under * (255 - alpha) + value * alpha + 127) / 255); }

// Colours through a mask, over the canvas from (x, y) on (even); the same as blend.py.  One thread for each 2 x 2 pixels of the
// mask.  alpha, values: (height, width), even; half_alpha: (height / 2, width / 2), half_values: the same of pairs; all dense.
extern "C" __global__ void blend(
    byte* y_out, int y_out_pitch, byte* uv_out, int uv_out_pitch, int x, int y,
    const byte* alpha, const byte* half_alpha, const byte* values, const byte* half_values, int width, int height) {
    int i = blockIdx.x * blockDim.x + threadIdx.x, j = blockIdx.y * blockDim.y + threadIdx.y;
    if (2 * i >= width || 2 * j >= height) return;
    for (int n = 0; n < 2; n++) {
        for (int m = 0; m < 2; m++) {
            byte* pixel = y_out + (size_t)(y + 2 * j + n) * y_out_pitch + x + 2 * i + m;
            int at = (2 * j + n) * width + 2 * i + m;
            *pixel = mixed(*pixel, values[at], alpha[at]);
        }
    }
    byte* pair = uv_out + (size_t)(y / 2 + j) * uv_out_pitch + x + 2 * i;
    int at = j * (width / 2) + i;
    for (int n = 0; n < 2; n++) pair[n] = mixed(pair[n], half_values[2 * at + n], half_alpha[at]);
}

// Where pixel n of `side` lies along a tile's edge of `length`: the corners of a tile, pushed together, are a picture of
// side x side pixels, a multiple of four.
__device__ static int pushed(int n, int side, int length) { return n < side / 2 ? n : n + length - side; }

// Keeps the corners of a tile, which begins at (x, y) and is w x h pixels, all even.  kept: luma, side x side, and behind it pairs
// of chroma, side / 2 of side / 2; dense.  One thread for each 2 x 2 pixels of the corners.
extern "C" __global__ void keep(
    const byte* y_out, int y_out_pitch, const byte* uv_out, int uv_out_pitch, int x, int y, int w, int h, byte* kept, int side) {
    int i = blockIdx.x * blockDim.x + threadIdx.x, j = blockIdx.y * blockDim.y + threadIdx.y;
    if (2 * i >= side || 2 * j >= side) return;
    int left = x + pushed(2 * i, side, w), top = y + pushed(2 * j, side, h);
    for (int n = 0; n < 2; n++) {
        for (int m = 0; m < 2; m++) kept[(2 * j + n) * side + 2 * i + m] = y_out[(size_t)(top + n) * y_out_pitch + left + m];
    }
    const byte* pair = uv_out + (size_t)(top / 2) * uv_out_pitch + left;
    for (int n = 0; n < 2; n++) kept[(side + j) * side + 2 * i + n] = pair[n];
}

// Lays them over what was drawn there since, outside of the rounded corners; the same as CpuComposer.  alpha: (side, side),
// half_alpha: (side / 2, side / 2), 255: inside; both dense.  Threads as above.
extern "C" __global__ void lay(
    byte* y_out, int y_out_pitch, byte* uv_out, int uv_out_pitch, int x, int y, int w, int h, const byte* kept, int side,
    const byte* alpha, const byte* half_alpha) {
    int i = blockIdx.x * blockDim.x + threadIdx.x, j = blockIdx.y * blockDim.y + threadIdx.y;
    if (2 * i >= side || 2 * j >= side) return;
    int left = x + pushed(2 * i, side, w), top = y + pushed(2 * j, side, h);
    for (int n = 0; n < 2; n++) {
        for (int m = 0; m < 2; m++) {
            byte* pixel = y_out + (size_t)(top + n) * y_out_pitch + left + m;
            int at = (2 * j + n) * side + 2 * i + m;
            *pixel = mixed(kept[at], *pixel, alpha[at]);
        }
    }
    byte* pair = uv_out + (size_t)(top / 2) * uv_out_pitch + left;
    int share = half_alpha[j * (side / 2) + i];
    for (int n = 0; n < 2; n++) pair[n] = mixed(kept[(side + j) * side + 2 * i + n], pair[n], share);
}
