// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/json.h"
#include "nn/adamw.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace clipscope {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// All that a training needs to go on, in one safetensors file, written atomically: parameters, both moments of the
/// optimiser, and a note of the caller's own. Throws Error(Storage).
void saveCheckpoint(
    const std::filesystem::path& file, const NamedTensors& parameters, const AdamW& optimiser, const std::string& note);
/// Takes them back, the parameters in place; returns the note. Throws Error(Model) when the file is damaged or another
/// training's.
std::string restoreCheckpoint(const std::filesystem::path& file, const NamedTensors& parameters, AdamW& optimiser);

/// The folder of an unfinished training: what it was started with, and its checkpoint.
class TrainingFolder {
public:
    /// Makes the folder, or takes it over from the same training, stopped or killed. `config` and `seed` are what makes
    /// two trainings the same one. Throws Error(Input) naming `product` when another training is unfinished there,
    /// Error(Storage).
    TrainingFolder(
        std::filesystem::path folder, const Json& config, uint64_t seed, const std::filesystem::path& product);

    const std::filesystem::path& path() const { return m_folder; }
    std::filesystem::path checkpoint() const { return m_folder / "checkpoint.safetensors"; }
    bool hasCheckpoint() const;
    /// The training is done: nothing of it is needed any more.
    void remove() const;

private:
    std::filesystem::path m_folder;
};

} // namespace clipscope
