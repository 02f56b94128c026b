// A turned and scaled part of an NV12 surface as RGB, what a face is recognised by.  The same as warp.py.

typedef unsigned char byte;

// A plane or half of an interleaved one: sample (x, y) is data[y * pitch + x * step].
struct Plane {
    const byte* data;
    int pitch, step, width, height;
};

// Takes (x, y, 1) of the output, counted from its top-left pixel's centre, to indices of samples.
struct Warp {
    double xx, xy, x, yx, yy, y;
};

// Y'CbCr to R'G'B' 0..255 as color.py's rgb_coefficients gives it, then (value - mean) * scale for R, G, B each.
struct Conversion {
    float black, gain, v_red, u_green, v_green, u_blue, zero;
    float mean[3], scale[3];
};

__device__ static double clamped(double value, double high) { return value < 0.0 ? 0.0 : value > high ? high : value; }

__device__ static double bilinear(const Plane& plane, double x, double y) {
    x = clamped(x, plane.width - 1.0);
    y = clamped(y, plane.height - 1.0);
    int left = (int)x, top = (int)y;
    int right = left + 1 < plane.width ? left + 1 : left, low = top + 1 < plane.height ? top + 1 : top;
    double fx = x - left, fy = y - top;
    const byte *a = plane.data + (size_t)top * plane.pitch, *b = plane.data + (size_t)low * plane.pitch;
    double above = a[(size_t)left * plane.step] * (1 - fx) + a[(size_t)right * plane.step] * fx;
    double below = b[(size_t)left * plane.step] * (1 - fx) + b[(size_t)right * plane.step] * fx;
    return above * (1 - fy) + below * fy;
}

// The mean of taps * taps bilinear samples spread evenly over the cell of output pixel (column, row).
__device__ static float warped(const Plane& plane, const Warp& w, int column, int row, int taps) {
    double total = 0.0;
    for (int i = 0; i < taps; i++) {
        double v = row + (i + 0.5) / taps - 0.5;
        for (int k = 0; k < taps; k++) {
            double u = column + (k + 0.5) / taps - 0.5;
            total += bilinear(plane, w.xx * u + w.xy * v + w.x, w.yx * u + w.yy * v + w.y);
        }
    }
    return (float)total * (1.0f / (taps * taps));
}

// One thread for each pixel of the output, planes R, G, B of width x height, dense.
extern "C" __global__ void warp_to_rgb(
    const byte* y_in, int y_pitch, const byte* uv_in, int uv_pitch, int in_width, int in_height,
    float* out, int width, int height, Warp luma, Warp chroma, int taps, Conversion c) {
    int column = blockIdx.x * blockDim.x + threadIdx.x, row = blockIdx.y * blockDim.y + threadIdx.y;
    if (column >= width || row >= height) return;
    Plane ys = {y_in, y_pitch, 1, in_width, in_height};
    Plane us = {uv_in, uv_pitch, 2, (in_width + 1) / 2, (in_height + 1) / 2}, vs = us;
    vs.data = uv_in + 1;
    float y = (warped(ys, luma, column, row, taps) - c.black) * c.gain;
    float u = warped(us, chroma, column, row, taps) - c.zero, v = warped(vs, chroma, column, row, taps) - c.zero;
    float rgb[3] = {y + v * c.v_red, y - u * c.u_green - v * c.v_green, y + u * c.u_blue};
    size_t plane = (size_t)width * height, at = (size_t)row * width + column;
    for (int n = 0; n < 3; n++) {
        float value = rgb[n] < 0.0f ? 0.0f : rgb[n] > 255.0f ? 255.0f : rgb[n];
        out[n * plane + at] = (value - c.mean[n]) * c.scale[n];
    }
}
