#pragma once
// What deps/fetch adds to ggml's code for processors with AVX-512: the few new tokens of a later turn behind a long cache. Every sum is
// made in the order of the code that it stands in for, so its results are equal to the last bit (docs/decisions/0190).

#include "ggml-cpu-impl.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ggml_cgraph;

// Attention that keeps its scores, three nodes in one: scores, softmax, values. False: these are other nodes.
bool lares_attention(const struct ggml_compute_params * params, const struct ggml_cgraph * graph, int node);

// Q4_1 weights with several rows, which params->wdata holds in Q8_1 already. False: not for this node.
bool lares_mul_mat_q4_1(const struct ggml_compute_params * params, struct ggml_tensor * dst);

#ifdef __cplusplus
}
#endif
