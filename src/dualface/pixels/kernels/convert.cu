// From what a hardware decoder gives to what all later stages expect: upright, limited range, 8 bits, SDR, chroma sited left.

typedef unsigned char byte;
typedef unsigned short word;

// A plane of a picture once it is turned: sample (x, y) lies at data + x * dx + y * dy, in bytes; steps may be negative.
struct View {
    const byte* data;
    long long dx, dy;
};

// Luma and interleaved chroma of a turned picture of width x height pixels.  Samples of 16 bits are read as 8 with a fraction.
struct Source {
    View luma, chroma;
    int width, height;
};

// A cubic filter around a position: four samples from `first` on.
struct Taps {
    float weight[4];
    int first;
};

// A sample becomes sample * gain + offset.
struct Levels {
    float luma_gain, luma_offset, chroma_gain, chroma_offset;
};

// Y'CbCr to R'G'B' 0..255 as color.py's rgb_coefficients gives it.
struct Matrix {
    float black, gain, v_red, u_green, v_green, u_blue, zero;
};

struct alignas(16) Colour {
    float r, g, b, unused;
};

__device__ static int clamped(int value, int low, int high) { return value < low ? low : value > high ? high : value; }

__device__ static byte rounded(float value) { return (byte)clamped((int)(value + 0.5f), 0, 255); }

__device__ static float read(const byte* sample, byte) { return *sample; }
__device__ static float read(const byte* sample, word) { return *(const word*)sample * (1.0f / 256); }

template <typename T>
__device__ static float luma_at(const Source& in, int x, int y) {
    return read(in.luma.data + x * in.luma.dx + y * in.luma.dy, T());
}

// U (0) or V (1) around sample (i, j); beyond the border the outermost samples repeat.
template <typename T>
__device__ static float chroma_at(const Source& in, int i, int j, const Taps& across, const Taps& down, int which) {
    int columns = (in.width + 1) / 2, rows = (in.height + 1) / 2;
    float total = 0.0f;
    for (int n = 0; n < 4; n++) {
        if (down.weight[n] == 0.0f) continue;
        const byte* row = in.chroma.data + which * sizeof(T) + clamped(j + down.first + n, 0, rows - 1) * in.chroma.dy;
        float sum = 0.0f;
        for (int k = 0; k < 4; k++) {
            if (across.weight[k] == 0.0f) continue;
            sum += read(row + clamped(i + across.first + k, 0, columns - 1) * in.chroma.dx, T()) * across.weight[k];
        }
        total += sum * down.weight[n];
    }
    return total;
}

// Turns, changes depth and levels, and moves chroma by what the taps say.  One thread for each 2 x 2 pixels of the output.
template <typename T>
__device__ static void repack(
    const Source& in, byte* y_out, int y_pitch, byte* uv_out, int uv_pitch, int width, int height,
    const Levels& levels, const Taps& across, const Taps& down) {
    int i = blockIdx.x * blockDim.x + threadIdx.x, j = blockIdx.y * blockDim.y + threadIdx.y;
    if (2 * i >= width || 2 * j >= height) return;
    for (int y = 2 * j; y < 2 * j + 2 && y < height; y++) {
        for (int x = 2 * i; x < 2 * i + 2 && x < width; x++) {
            y_out[(size_t)y * y_pitch + x] = rounded(luma_at<T>(in, x, y) * levels.luma_gain + levels.luma_offset);
        }
    }
    byte* pair = uv_out + (size_t)j * uv_pitch + 2 * i;
    for (int n = 0; n < 2; n++) {
        pair[n] = rounded(chroma_at<T>(in, i, j, across, down, n) * levels.chroma_gain + levels.chroma_offset);
    }
}

extern "C" __global__ void repack8(
    Source in, byte* y_out, int y_pitch, byte* uv_out, int uv_pitch, int width, int height, Levels levels, Taps across, Taps down) {
    repack<byte>(in, y_out, y_pitch, uv_out, uv_pitch, width, height, levels, across, down);
}

extern "C" __global__ void repack16(
    Source in, byte* y_out, int y_pitch, byte* uv_out, int uv_pitch, int width, int height, Levels levels, Taps across, Taps down) {
    repack<word>(in, y_out, y_pitch, uv_out, uv_pitch, width, height, levels, across, down);
}

// Tetrahedral interpolation in a table of size^3 colours, red fastest; r, g, b: 0 .. size - 1.  From the corner below along the
// axes, that of the greatest fraction first.
__device__ static Colour looked_up(const Colour* table, int size, float r, float g, float b) {
    int red = clamped((int)r, 0, size - 2), green = clamped((int)g, 0, size - 2), blue = clamped((int)b, 0, size - 2);
    float most = r - red, middle = g - green, least = b - blue, f;
    int step1 = 1, step2 = size, step3 = size * size, s;
    const Colour* at = table + ((size_t)blue * size + green) * size + red;
    if (most < middle) f = most, most = middle, middle = f, s = step1, step1 = step2, step2 = s;
    if (middle < least) f = middle, middle = least, least = f, s = step2, step2 = step3, step3 = s;
    if (most < middle) f = most, most = middle, middle = f, s = step1, step1 = step2, step2 = s;
    const Colour c0 = at[0], c1 = at[step1], c2 = at[step1 + step2], c3 = at[step1 + step2 + step3];
    float w0 = 1 - most, w1 = most - middle, w2 = middle - least;
    return {
        c0.r * w0 + c1.r * w1 + c2.r * w2 + c3.r * least,
        c0.g * w0 + c1.g * w1 + c2.g * w2 + c3.g * least,
        c0.b * w0 + c1.b * w1 + c2.b * w2 + c3.b * least,
        0.0f,
    };
}

// How chroma is read at even and at odd pixels, across and down.
struct Upsampling {
    Taps across[2], down[2];
};

template <typename T>
__device__ static Colour mapped(
    const Source& in, int x, int y, const Matrix& m, const Upsampling& up, const Colour* table, int size) {
    const Taps &across = up.across[x & 1], &down = up.down[y & 1];
    float light = (luma_at<T>(in, x, y) - m.black) * m.gain;
    float u = chroma_at<T>(in, x / 2, y / 2, across, down, 0) - m.zero;
    float v = chroma_at<T>(in, x / 2, y / 2, across, down, 1) - m.zero;
    float rgb[3] = {light + v * m.v_red, light - u * m.u_green - v * m.v_green, light + u * m.u_blue};
    for (int n = 0; n < 3; n++) {
        float value = rgb[n] < 0.0f ? 0.0f : rgb[n] > 255.0f ? 255.0f : rgb[n];
        rgb[n] = value * (1.0f / 255) * (size - 1);
    }
    return looked_up(table, size, rgb[0], rgb[1], rgb[2]);
}

__device__ static float luma_of(const Colour& c) { return 0.2126f * c.r + 0.7152f * c.g + 0.0722f * c.b; }

// HDR to SDR by a table from R'G'B' to R'G'B', 0..1; comes out as BT.709, limited range.  Chroma is the mean of three columns,
// the middle one counted twice, and two rows.  One thread for each 2 x 2 pixels of the output.
template <typename T>
__device__ static void tone_map(
    const Source& in, byte* y_out, int y_pitch, byte* uv_out, int uv_pitch, int width, int height,
    const Matrix& matrix, const Upsampling& up, const Colour* table, int size) {
    int i = blockIdx.x * blockDim.x + threadIdx.x, j = blockIdx.y * blockDim.y + threadIdx.y;
    if (2 * i >= width || 2 * j >= height) return;
    Colour mean = {0.0f, 0.0f, 0.0f, 0.0f};
    for (int n = 0; n < 2; n++) {
        int y = clamped(2 * j + n, 0, height - 1);
        for (int m = -1; m < 2; m++) {
            int x = clamped(2 * i + m, 0, width - 1);
            const Colour c = mapped<T>(in, x, y, matrix, up, table, size);
            float share = m == 0 ? 0.25f : 0.125f;
            mean.r += c.r * share;
            mean.g += c.g * share;
            mean.b += c.b * share;
            if (m >= 0 && 2 * i + m < width && 2 * j + n < height) {
                y_out[(size_t)y * y_pitch + x] = rounded(16.0f + 219.0f * luma_of(c));
            }
        }
    }
    float light = luma_of(mean);
    byte* pair = uv_out + (size_t)j * uv_pitch + 2 * i;
    pair[0] = rounded(128.0f + 224.0f / 1.8556f * (mean.b - light));
    pair[1] = rounded(128.0f + 224.0f / 1.5748f * (mean.r - light));
}

extern "C" __global__ void tone_map8(
    Source in, byte* y_out, int y_pitch, byte* uv_out, int uv_pitch, int width, int height,
    Matrix matrix, Upsampling up, const Colour* table, int size) {
    tone_map<byte>(in, y_out, y_pitch, uv_out, uv_pitch, width, height, matrix, up, table, size);
}

extern "C" __global__ void tone_map16(
    Source in, byte* y_out, int y_pitch, byte* uv_out, int uv_pitch, int width, int height,
    Matrix matrix, Upsampling up, const Colour* table, int size) {
    tone_map<word>(in, y_out, y_pitch, uv_out, uv_pitch, width, height, matrix, up, table, size);
}

// One sample of three pictures that follow each other, and its neighbours in its column.
struct Column {
    const byte *before, *now, *after;
    int before_pitch, now_pitch, after_pitch;
    __device__ int past(int rows) const { return before[(long long)rows * before_pitch]; }
    __device__ int present(int rows) const { return now[(long long)rows * now_pitch]; }
    __device__ int future(int rows) const { return after[(long long)rows * after_pitch]; }
    // Of the field that is missing, before and behind the moment: twice its value then.
    __device__ int twice(int rows) const { return past(rows) + present(rows); }
};

__device__ static int magnitude(int value) { return value < 0 ? -value : value; }
__device__ static int least(int a, int b) { return a < b ? a : b; }
__device__ static int greatest(int a, int b) { return a > b ? a : b; }

// Weights in 8192ths of BBC R&D's three-field deinterlacer (M. Weston, patent EP 0192292, in the tuning of FFmpeg's bwdif):
// low vertical frequencies from the field shown, high ones from its neighbours in time; and of the field alone.
__device__ static int from_three_fields(const Column& c, int above, int below) {
    int high = 5570 * c.twice(0) - 3801 * (c.twice(-2) + c.twice(2)) + 1016 * (c.twice(-4) + c.twice(4));
    return ((high >> 2) + 4309 * (above + below) - 213 * (c.present(-3) + c.present(3))) >> 13;
}

__device__ static int from_one_field(int above, int below, int far) { return (5077 * (above + below) - 981 * far) >> 13; }

// Where nothing moves the missing line is that of its own field; else it is interpolated, within what motion allows.
__device__ static int missing(const Column& c, int y, int height, int up, int down) {
    int above = c.present(up), below = c.present(down), still = c.twice(0) >> 1;
    int change = magnitude(c.past(0) - c.present(0));
    int earlier = (magnitude(c.past(up) - above) + magnitude(c.past(down) - below)) >> 1;
    int later = (magnitude(c.future(up) - above) + magnitude(c.future(down) - below)) >> 1;
    int room = greatest(change >> 1, greatest(earlier, later));
    if (room == 0) return still;
    bool inner = y >= 4 && y + 5 <= height;
    if (y >= 2 && y + 3 <= height) {  // the lines around must not rise and fall alternately
        int upper = c.twice(-2) >> 1, lower = c.twice(2) >> 1;
        int peak = least(least(still - above, still - below), greatest(upper - above, lower - below));
        // Not the negative of such a sum: ptxas 13.0 loses its minus on Hopper, where three are compared at once.
        int valley = least(least(above - still, below - still), greatest(above - upper, below - lower));
        room = greatest(room, greatest(peak, valley));
    }
    int value = (above + below) >> 1;
    if (inner) {
        value = magnitude(above - below) > change ? from_three_fields(c, above, below)
                                                  : from_one_field(above, below, c.present(-3) + c.present(3));
    }
    return clamped(value, still - room, still + room);
}

// The picture at the time of its first field: of `now`'s lines those with the parity `kept` stay.  The same as bwdif, which the
// CPU uses, sample by sample.  One plane, of bytes; `alone`: nothing came before, and `before` is `now`.
// One thread for each sample.
extern "C" __global__ void deinterlace(
    const byte* before, int before_pitch, const byte* now, int now_pitch, const byte* after, int after_pitch,
    byte* out, int out_pitch, int width, int height, int kept, int alone) {
    int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    if (x >= width || y >= height) return;
    const Column c = {
        before + (size_t)y * before_pitch + x, now + (size_t)y * now_pitch + x, after + (size_t)y * after_pitch + x,
        before_pitch, now_pitch, after_pitch,
    };
    int value = c.present(0);
    if ((y & 1) != kept) {
        int up = y > 0 ? -1 : 1, down = y + 1 < height ? 1 : -1;
        if (alone && y > 2 && y + 3 < height) {
            value = from_one_field(c.present(up), c.present(down), c.present(-3) + c.present(3));
        } else {
            value = missing(c, y, height, up, down);
        }
    }
    out[(size_t)y * out_pitch + x] = (byte)clamped(value, 0, 255);
}
