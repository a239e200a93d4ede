// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "nn/layer_weights.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace clipscope {

/// AdamW (Loshchilov and Hutter 2019) over named parameters. Weight decay touches matrices alone (2 dimensions or
/// more), as in CLIP's training: biases, norms and the logit scale keep their size. Parameters that got no gradient in
/// a step stand still. Not thread-safe.
class AdamW {
public:
    struct Settings {
        double beta1 = .9;
        double beta2 = .98;
        double epsilon = 1e-8;
        double weightDecay = .1;
    };

    /// Parameters are handles: the optimiser updates them in place.
    AdamW(std::vector<std::pair<std::string, at::Tensor>> parameters, const Settings& settings);

    void zeroGradients();
    /// Scales all gradients so that their joint Euclidean norm is at most `maximum`; returns the norm before.
    double clipGradients(double maximum);
    void step(double learningRate);
    int64_t steps() const { return m_steps; }

    /// Both moments of every parameter and the number of steps, for a checkpoint.
    std::vector<std::pair<std::string, at::Tensor>> state() const;
    /// Takes them back from tensors named `prefix` + name. Throws Error(Model) when one is missing or has another
    /// shape.
    void restore(const Weights& weights, const std::string& prefix);

private:
    struct Parameter {
        std::string name;
        at::Tensor value;
        at::Tensor mean; ///< of the gradient
        at::Tensor square; ///< mean of the squared gradient
        at::Tensor steps; ///< float scalar, as the fused kernel wants it
    };
    std::vector<Parameter> m_parameters;
    Settings m_settings;
    int64_t m_steps = 0;
};

/// Learning rate over a training run of unknown length: linear warm-up over the first `warmUpSteps` steps, and half a
/// cosine from 1 to 0 over the share `done` in [0,1] of the whole.
double warmUpCosine(int64_t step, int64_t warmUpSteps, double done);

} // namespace clipscope
