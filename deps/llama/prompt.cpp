#include "prompt.h"

#include "ggml-impl.h"
#include "vec.h"

#define GGML_COMMON_DECL_CPP
#include "ggml-common.h"

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__) && defined(__AVX512VNNI__)
#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace {

constexpr int64_t tokens_min = 4;  // fewer are bound by reading, not by computing

int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

// ---- attention

constexpr int64_t rows_max = 28;     // of a job: their scores stay in the second-level cache
constexpr int64_t cells_step = 256;  // so many cells at a time meet the values
constexpr int64_t head_max = 256;

struct Shape {
    const ggml_tensor * k, * q, * v, * mask;
    ggml_tensor * scores, * out;
    int64_t cells, tokens, size_k, size_v, heads, heads_kv, group;  // group: rows that share keys and values
    float   scale;
    int64_t stride;  // of scores, in floats: rows of 4,096 cells would all lie in one set of the cache
    int64_t rows;    // of a job
};

bool overlap(const ggml_tensor * a, const ggml_tensor * b) {
    const char * pa = (const char *) a->data, * pb = (const char *) b->data;
    return pa < pb + ggml_nbytes(b) && pb < pa + ggml_nbytes(a);
}

bool shape_of(const ggml_compute_params * params, const ggml_cgraph * graph, int at, Shape & s) {
    if (at + 2 >= graph->n_nodes) {
        return false;
    }
    ggml_tensor * kq = graph->nodes[at], * soft = graph->nodes[at + 1], * kqv = graph->nodes[at + 2];
    if (kq->op != GGML_OP_MUL_MAT || soft->op != GGML_OP_SOFT_MAX || kqv->op != GGML_OP_MUL_MAT || soft->src[0] != kq ||
        kqv->src[1] != soft || !(soft->flags & GGML_TENSOR_FLAG_COMPUTE) || !(kqv->flags & GGML_TENSOR_FLAG_COMPUTE) ||
        !ggml_node_has_n_uses(graph, at, 1) || !ggml_node_has_n_uses(graph, at + 1, 1)) {
        return false;
    }
    const ggml_tensor * k = kq->src[0], * q = kq->src[1], * v = kqv->src[0], * mask = soft->src[1];
    if (k->type != GGML_TYPE_F16 || v->type != GGML_TYPE_F16 || q->type != GGML_TYPE_F32 || soft->type != GGML_TYPE_F32 ||
        kqv->type != GGML_TYPE_F32 || mask == nullptr || mask->type != GGML_TYPE_F32 || soft->src[2] != nullptr ||
        ggml_get_op_params_i32(kq, 1) == GGML_HINT_SRC0_IS_HADAMARD || k->nb[0] != 2 || v->nb[0] != 2 || q->nb[0] != 4 ||
        mask->nb[0] != 4 || kqv->nb[0] != 4 || !ggml_is_contiguous(soft)) {
        return false;
    }
    float bias = 0;
    memcpy(&s.scale, (const float *) soft->op_params + 0, sizeof(float));
    memcpy(&bias, (const float *) soft->op_params + 1, sizeof(float));
    s.k = k, s.q = q, s.v = v, s.mask = mask, s.scores = soft, s.out = kqv;
    s.cells = k->ne[1], s.tokens = q->ne[1], s.size_k = k->ne[0], s.size_v = v->ne[1];
    s.heads = q->ne[2], s.heads_kv = k->ne[2];
    if (bias != 0 || s.tokens < tokens_min || s.cells % 16 != 0 || s.size_k % 16 != 0 || s.size_k > head_max || s.size_v % 4 != 0 ||
        s.size_v > head_max || v->ne[0] != s.cells || v->ne[2] != s.heads_kv || s.heads % s.heads_kv != 0 || q->ne[3] != 1 ||
        k->ne[3] != 1 || v->ne[3] != 1 || mask->ne[0] != s.cells || mask->ne[1] < s.tokens || mask->ne[2] != 1 || mask->ne[3] != 1 ||
        overlap(mask, soft) || overlap(mask, kqv) || overlap(k, soft) || overlap(k, kqv)) {  // laid over what is still to be read
        return false;
    }
    s.group  = s.heads / s.heads_kv * s.tokens;
    s.stride = s.cells + 16;
    const int64_t fit = s.cells * s.tokens * s.heads / s.stride / params->nth;
    s.rows = std::min({ rows_max, fit, std::max<int64_t>(6, s.heads * s.tokens / (4 * params->nth)) });
    return s.rows >= 1;
}

// Which lanes come from the second of two. Not constants for the compiler, which would make shuffles of the blends: they all go through
// one port, blends through any.
struct Lanes {
    __mmask16 eights = 0xFF00, fours = 0xF0F0, odd = 0xAAAA, even = 0x5555;
    Lanes() { asm("" : "+k"(eights), "+k"(fours), "+k"(odd), "+k"(even)); }
};

// Lane i of the result is the sum of v[i], halves first: the order of _mm512_reduce_add_ps.
inline __m512 sums_of_16(const __m512 (&v)[16], const Lanes & lanes) {
    __m512 a[8], b[4];
    for (int i = 0; i < 8; ++i) {
        a[i] = _mm512_add_ps(_mm512_mask_blend_ps(lanes.eights, v[i], v[i + 8]), _mm512_shuffle_f32x4(v[i], v[i + 8], 0x4E));
    }
    for (int i = 0; i < 4; ++i) {
        const __m512 other = _mm512_mask_blend_ps(lanes.fours, a[i + 4], a[i]);
        b[i] = _mm512_add_ps(_mm512_mask_blend_ps(lanes.fours, a[i], a[i + 4]), _mm512_shuffle_f32x4(other, other, 0xB1));
    }
    for (int i = 0; i < 2; ++i) {
        b[i] = _mm512_add_ps(_mm512_shuffle_ps(b[i], b[i + 2], 0x44), _mm512_shuffle_ps(b[i], b[i + 2], 0xEE));
    }
    return _mm512_add_ps(_mm512_mask_moveldup_ps(b[0], lanes.odd, b[1]), _mm512_mask_movehdup_ps(b[1], lanes.even, b[0]));
}

// Scores of 8 cells for two rows.
inline void scores_of_8(const float * keys, const float * q0, const float * q1, int64_t size, const Lanes & lanes, float * to0, float * to1) {
    __m512 v[16];
    for (auto & sum : v) {
        sum = _mm512_setzero_ps();
    }
    for (int64_t l = 0; l < size; l += 16) {
        const __m512 a = _mm512_loadu_ps(q0 + l), b = _mm512_loadu_ps(q1 + l);
        for (int i = 0; i < 8; ++i) {
            const __m512 key = _mm512_load_ps(keys + i * size + l);
            v[i]     = _mm512_fmadd_ps(key, a, v[i]);
            v[i + 8] = _mm512_fmadd_ps(key, b, v[i + 8]);
        }
    }
    const __m512 all = sums_of_16(v, lanes);
    _mm256_storeu_ps(to1, _mm512_extractf32x8_ps(all, 1));
    _mm256_storeu_ps(to0, _mm512_castps512_ps256(all));
}

// SIZE: of a key, 0 where it is not known to the compiler.
template <int64_t SIZE>
void make_scores(const Shape & s, int64_t head_kv, const float * q, int64_t rows, float * keys, float * to) {
    const Lanes   lanes;
    const int64_t size = SIZE > 0 ? SIZE : s.size_k;
    const char *  base = (const char *) s.k->data + head_kv * s.k->nb[2];
    for (int64_t c = 0; c < s.cells; c += 8) {
        for (int64_t i = 0; i < 8; ++i) {
            const char * key = base + (c + i) * s.k->nb[1];
            for (int64_t l = 0; l < size; l += 16) {
                _mm512_store_ps(keys + i * size + l, _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *) (key + 2 * l))));
            }
        }
        for (int64_t r = 0; r < rows; r += 2) {
            const int64_t second = std::min(r + 1, rows - 1);  // an odd last row is computed twice
            scores_of_8(keys, q + r * size, q + second * size, size, lanes, to + r * s.stride + c, to + second * s.stride + c);
        }
    }
}

// In place, and rounded as the values will be multiplied.
void soften(const Shape & s, const float * mask, float * row) {
    const __m512 scale = _mm512_set1_ps(s.scale);
    __m512 most = _mm512_set1_ps(-INFINITY);
    for (int64_t c = 0; c < s.cells; c += 16) {
        const __m512 x = _mm512_add_ps(_mm512_mul_ps(_mm512_loadu_ps(row + c), scale), _mm512_loadu_ps(mask + c));
        _mm512_storeu_ps(row + c, x);
        most = _mm512_max_ps(most, x);
    }
    const double sum = ggml_vec_soft_max_f32((int) s.cells, row, row, _mm512_reduce_max_ps(most));
    const __m512 share = _mm512_set1_ps((float) (1.0 / sum));
    for (int64_t c = 0; c < s.cells; c += 16) {
        const __m512 x = _mm512_mul_ps(_mm512_loadu_ps(row + c), share);
        _mm512_storeu_ps(row + c, _mm512_cvtph_ps(_mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT)));
    }
}

// 4 dimensions of the values for R rows, over some cells.
template <int R>
inline void add_values(const float * p, int64_t stride, const char * v, int64_t stride_v, int64_t cells, bool first, __m512 * sums) {
    __m512 acc[R][4];
    for (int r = 0; r < R; ++r) {
        for (int d = 0; d < 4; ++d) {
            acc[r][d] = first ? _mm512_setzero_ps() : sums[r * 4 + d];
        }
    }
    for (int64_t c = 0; c < cells; c += 16) {
        __m512 value[4];
        for (int d = 0; d < 4; ++d) {
            value[d] = _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *) (v + d * stride_v + 2 * c)));
        }
        for (int r = 0; r < R; ++r) {
            const __m512 x = _mm512_loadu_ps(p + r * stride + c);
            for (int d = 0; d < 4; ++d) {
                acc[r][d] = _mm512_fmadd_ps(value[d], x, acc[r][d]);
            }
        }
    }
    for (int r = 0; r < R; ++r) {
        for (int d = 0; d < 4; ++d) {
            sums[r * 4 + d] = acc[r][d];
        }
    }
}

using AddValues = void (*)(const float *, int64_t, const char *, int64_t, int64_t, bool, __m512 *);
constexpr AddValues add_values_of[] = { nullptr,       add_values<1>, add_values<2>, add_values<3>,
                                        add_values<4>, add_values<5>, add_values<6> };

// `keys` holds 8 of them, `sums` the 16 parts of each sum over the values.
void job(const Shape & s, const float * q, int64_t head_kv, int64_t first_row, int64_t rows, float * scores, float * keys, __m512 * sums) {
    (s.size_k == 64 ? make_scores<64> : make_scores<0>)(s, head_kv, q + (head_kv * s.group + first_row) * s.size_k, rows, keys, scores);
    for (int64_t r = 0; r < rows; ++r) {
        const int64_t token = (first_row + r) % s.tokens;
        soften(s, (const float *) ((const char *) s.mask->data + token * s.mask->nb[1]), scores + r * s.stride);
    }
    const char *  v     = (const char *) s.v->data + head_kv * s.v->nb[2];
    const int64_t tiles = divide_up(rows, 6);
    for (int64_t c = 0; c < s.cells; c += cells_step) {
        const int64_t cells = std::min(cells_step, s.cells - c);
        for (int64_t t = 0; t < tiles; ++t) {
            const int64_t r0 = rows * t / tiles, r1 = rows * (t + 1) / tiles;
            for (int64_t d = 0; d < s.size_v; d += 4) {
                add_values_of[r1 - r0](scores + r0 * s.stride + c, s.stride, v + d * s.v->nb[1] + 2 * c, s.v->nb[1], cells, c == 0,
                                       sums + r0 * s.size_v + (r1 - r0) * d);
            }
        }
    }
    for (int64_t t = 0; t < tiles; ++t) {
        const int64_t r0 = rows * t / tiles, r1 = rows * (t + 1) / tiles;
        for (int64_t r = r0; r < r1; ++r) {
            const int64_t head = head_kv * (s.heads / s.heads_kv) + (first_row + r) / s.tokens, token = (first_row + r) % s.tokens;
            float *       out  = (float *) ((char *) s.out->data + token * s.out->nb[1] + head * s.out->nb[2]);
            for (int64_t d = 0; d < s.size_v; ++d) {
                out[d] = _mm512_reduce_add_ps(sums[r0 * s.size_v + (r1 - r0) * (d / 4 * 4) + (r - r0) * 4 + d % 4]);
            }
        }
    }
}

// ---- weights

constexpr int64_t blocks_max = 512;  // of a row: 16,384 weights

// A block of eight rows, their numbers a byte each. Two rows lie in a register, four bytes of one and four of the other, so that their two
// scales are one load.
struct Panel {
    alignas(64) uint8_t quants[4][64];
    float scales[8];
    float least[8];
};

void unpack(const char * rows, size_t stride, int64_t blocks, Panel * panel) {
    const __m512i in_turn = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const auto bytes_of   = [](const block_q4_1 & block) {
        const __m128i both = _mm_loadu_si128((const __m128i *) block.qs);
        return _mm512_castsi256_si512(_mm256_and_si256(_mm256_set1_epi8(15), _mm256_set_m128i(_mm_srli_epi16(both, 4), both)));
    };
    for (int64_t r = 0; r < 8; r += 2) {
        const block_q4_1 * one = (const block_q4_1 *) (rows + r * stride), * other = (const block_q4_1 *) (rows + (r + 1) * stride);
        for (int64_t b = 0; b < blocks; ++b) {
            _mm512_store_si512(panel[b].quants[r / 2], _mm512_permutex2var_epi32(bytes_of(one[b]), in_turn, bytes_of(other[b])));
            panel[b].scales[r]     = GGML_CPU_FP16_TO_FP32(one[b].data.data.d);
            panel[b].scales[r + 1] = GGML_CPU_FP16_TO_FP32(other[b].data.data.d);
            panel[b].least[r]      = GGML_CPU_FP16_TO_FP32(one[b].data.data.m);
            panel[b].least[r + 1]  = GGML_CPU_FP16_TO_FP32(other[b].data.data.m);
        }
    }
}

using TwoFloats = double __attribute__((may_alias));

// The panel's eight rows with T tokens.
template <int T>
void multiply(const Panel * panel, int64_t blocks, const char * tokens, size_t stride, char * to, size_t stride_to) {
    const __m512i twice = _mm512_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
    __m512 acc[4][T];
    __m256 least[T];
    for (int t = 0; t < T; ++t) {
        least[t] = _mm256_setzero_ps();
        for (auto & pair : acc) {
            pair[t] = _mm512_setzero_ps();
        }
    }
    for (int64_t b = 0; b < blocks; ++b) {
        __m512i y[T];
        // Products of two numbers of eleven bits: exact, in whichever order.
        alignas(32) float scales[T][8];
        for (int t = 0; t < T; ++t) {
            const block_q8_1 & block = ((const block_q8_1 *) (tokens + t * stride))[b];
            y[t] = _mm512_permutexvar_epi32(twice, _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *) block.qs)));
            const __m256 scale = _mm256_cvtph_ps(_mm_set1_epi16((short) block.data.data.d));
            const __m256 sum   = _mm256_cvtph_ps(_mm_set1_epi16((short) block.data.data.s));
            _mm256_store_ps(scales[t], _mm256_mul_ps(_mm256_load_ps(panel[b].scales), scale));
            least[t] = _mm256_fmadd_ps(_mm256_load_ps(panel[b].least), sum, least[t]);
        }
        for (int p = 0; p < 4; ++p) {
            const __m512i x = _mm512_load_si512(panel[b].quants[p]);
            for (int t = 0; t < T; ++t) {
                const __m512 xy = _mm512_cvtepi32_ps(_mm512_dpbusd_epi32(_mm512_setzero_si512(), x, y[t]));
                __m512 scale;  // a load, which has ports of its own: the compiler would make a shuffle of the stored register
                asm volatile("vbroadcastsd %1, %0" : "=v"(scale) : "m"(*(const TwoFloats *) &scales[t][2 * p]));
                acc[p][t] = _mm512_fmadd_ps(scale, xy, acc[p][t]);
            }
        }
    }
    for (int t = 0; t < T; ++t) {
        alignas(32) float sums[8];
        for (int p = 0; p < 4; ++p) {
            const __m256 eight = _mm256_add_ps(_mm512_extractf32x8_ps(acc[p][t], 1), _mm512_castps512_ps256(acc[p][t]));
            const __m128 four  = _mm_add_ps(_mm256_extractf128_ps(eight, 1), _mm256_castps256_ps128(eight));
            _mm_storel_pi((__m64 *) (sums + 2 * p), _mm_add_ps(four, _mm_movehl_ps(four, four)));
        }
        _mm256_storeu_ps((float *) (to + t * stride_to), _mm256_add_ps(_mm256_load_ps(sums), least[t]));
    }
}

}  // namespace

bool lares_attention(const ggml_compute_params * params, const ggml_cgraph * graph, int node) {
    Shape s;
    if (!shape_of(params, graph, node, s)) {
        return false;
    }
    const int64_t all = s.heads * s.tokens;
    const size_t queries = GGML_PAD(all * s.size_k * sizeof(float), 64);
    const size_t keys = 8 * s.size_k * sizeof(float), own = keys + s.rows * s.size_v * sizeof(__m512);
    char * work = (char *) GGML_PAD((uintptr_t) params->wdata, 64);
    if (work + queries + params->nth * own > (char *) params->wdata + params->wsize) {
        return false;
    }
    // The result may lie where the queries are: they are taken out first, rounded as the keys are.
    float * q = (float *) work;
    for (int64_t i = params->ith; i < all; i += params->nth) {
        const float * from = (const float *) ((const char *) s.q->data + i / s.tokens * s.q->nb[2] + i % s.tokens * s.q->nb[1]);
        for (int64_t l = 0; l < s.size_k; l += 16) {
            const __m256i half = _mm512_cvtps_ph(_mm512_loadu_ps(from + l), _MM_FROUND_TO_NEAREST_INT);
            _mm512_storeu_ps(q + i * s.size_k + l, _mm512_cvtph_ps(half));
        }
    }
    if (params->ith == 0) {
        ggml_threadpool_chunk_set(params->threadpool, params->nth);
    }
    ggml_barrier(params->threadpool);
    char *        mine   = work + queries + params->ith * own;
    float *       scores = (float *) s.scores->data + params->ith * s.rows * s.stride;
    int64_t       blocks = divide_up(s.group, s.rows);
    while (blocks * s.heads_kv % params->nth != 0 && blocks < s.group) {
        ++blocks;  // as many jobs for each thread
    }
    for (int64_t i = params->ith; i < blocks * s.heads_kv; i = ggml_threadpool_chunk_add(params->threadpool, 1)) {
        const int64_t r0 = s.group * (i % blocks) / blocks, r1 = s.group * (i % blocks + 1) / blocks;
        job(s, q, i / blocks, r0, r1 - r0, scores, (float *) mine, (__m512 *) (mine + keys));
    }
    return true;
}

bool lares_mul_mat_q4_1(const ggml_compute_params * params, ggml_tensor * dst) {
    const ggml_tensor * x = dst->src[0], * y = dst->src[1];
    const int64_t blocks = x->ne[0] / QK4_1, tokens = y->ne[1];
    if (params->use_ref || x->type != GGML_TYPE_Q4_1 || y->type != GGML_TYPE_F32 || tokens < tokens_min || x->ne[1] % 8 != 0 ||
        blocks > blocks_max || ggml_nrows(x) != x->ne[1] || ggml_nrows(y) != tokens) {
        return false;
    }
    const size_t stride = ggml_row_size(GGML_TYPE_Q8_1, y->ne[0]);
    const char * rows   = (const char *) params->wdata;
    Panel panel[blocks_max];
    for (int64_t i = params->ith; i < x->ne[1] / 8; i = ggml_threadpool_chunk_add(params->threadpool, 1)) {
        unpack((const char *) x->data + i * 8 * x->nb[1], x->nb[1], blocks, panel);
        char * to = (char *) dst->data + i * 8 * sizeof(float);
        int64_t t = 0;
        for (; t + 4 <= tokens; t += 4) {
            multiply<4>(panel, blocks, rows + t * stride, stride, to + t * dst->nb[1], dst->nb[1]);
        }
        for (; t < tokens; ++t) {
            multiply<1>(panel, blocks, rows + t * stride, stride, to + t * dst->nb[1], dst->nb[1]);
        }
    }
    return true;
}

#else

bool lares_attention(const ggml_compute_params *, const ggml_cgraph *, int) { return false; }

bool lares_mul_mat_q4_1(const ggml_compute_params *, ggml_tensor *) { return false; }

#endif
