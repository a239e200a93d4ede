// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/late_function.h"
#include "embedding/encoder.h"

namespace clipscope {

/// The backend "starter": ConSE (Norouzi et al. 2013) over all classes, centred. A picture's class probabilities
/// (EfficientNet-Lite, softmax at temperature tau) mix the sentence vectors of the class names; words meet them in the
/// space of the sentence encoder (MiniLM). With t_i the unit vector of "a photo of a NAME_i" and m the mean of all t_i:
///   frame = unit(sum_i p_i (t_i - m)),  text = unit(unit sentence vector - m)
/// so the picture tower ends in one matrix [classes, 384], folded when the model is loaded. features are the network's
/// unit 1,280-d means. A row never depends on its neighbours. Texts do not wait for a batch of pictures.
///
/// Opens the folder that resources/install_starter.py writes. The class vectors are kept in cacheHome() (4 s of work
/// at the first load). Null when `nameOrFolder` is a model of another backend. Throws Error(Model | Resource), and
/// Error(Input) for patch dropout: there are no patches.
extern LateFunction<std::shared_ptr<Encoder>(const std::string& nameOrFolder, const EncoderOptions& options)>
    makeStarterEncoder;

} // namespace clipscope
